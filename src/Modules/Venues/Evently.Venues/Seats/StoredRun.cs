using Evently.Shared.Text;

namespace Evently.Venues.Seats;

/// <summary>Neighbouring seats of one row and one type, and the plan version that added them.</summary>
/// <param name="Section">Empty where there is no section.</param>
/// <param name="SeatType">Empty where the seats were taken out again, at that version.</param>
internal readonly record struct StoredRun(string Section, string Row, int First, int Last, string SeatType, int Version)
{
    public bool IsRemoval => SeatType.Length == 0;

    public int Count => Last - First + 1;
}

/// <summary>How a seat is called: <c>ROW-NUM</c>, or <c>SECTION/ROW-NUM</c>.</summary>
internal static class SeatPosition
{
    public static string Format(string section, string row, int number) => section.Length == 0 ? $"{row}-{number}" : $"{section}/{row}-{number}";

    public static bool TryParse(string? position, out UnwantedSeats? seat)
    {
        seat = null;
        if (position is null)
            return false;
        var slash = position.IndexOf('/', StringComparison.Ordinal);
        var section = slash < 0 ? "" : position[..slash];
        var dash = position.LastIndexOf('-');
        if (dash < slash || (slash >= 0 && !IsSection(section)) || !IsRow(position[(slash + 1)..Math.Max(dash, slash + 1)])
            || !CanonicalNumber.TryParse(position.AsSpan(dash + 1), out int number) || !IsNumber(number))
            return false;
        seat = new UnwantedSeats(IdentifierText.Normalize(section), position[(slash + 1)..dash], number);
        return true;
    }

    public static bool IsRow(string row) => row.Length is >= 1 and <= VenueLimits.Row && row.All(char.IsAsciiLetterOrDigit);

    public static bool IsSection(string section) =>
        Shared.Http.ValidationErrors.ScalarCount(section) is >= 1 and <= VenueLimits.Section
        && !section.Contains('/', StringComparison.Ordinal)
        && section.AsSpan().Trim().Length == section.Length
        && Shared.Http.ValidationErrors.IsCleanText(section, multiline: false)
        && Shared.Text.IdentifierText.IsVisible(section);

    public static bool IsNumber(int number) => number is >= 1 and <= VenueLimits.SeatNumber;
}
