namespace Evently.Venues.Seats;

/// <summary>Neighbouring seats of one row and one type, and the plan version that added them.</summary>
/// <param name="Section">Empty where there is no section.</param>
internal readonly record struct StoredRun(string Section, string Row, int First, int Last, string SeatType, int Version)
{
    public int Count => Last - First + 1;
}

/// <summary>How a seat is called: <c>ROW-NUM</c>, or <c>SECTION/ROW-NUM</c>.</summary>
internal static class SeatPosition
{
    public static string Format(string section, string row, int number) => section.Length == 0 ? $"{row}-{number}" : $"{section}/{row}-{number}";

    public static bool IsRow(string row) => row.Length is >= 1 and <= VenueLimits.Row && row.All(char.IsAsciiLetterOrDigit);

    public static bool IsSection(string section) =>
        section.Length is >= 1 and <= VenueLimits.Section
        && !section.Contains('/', StringComparison.Ordinal)
        && section.AsSpan().Trim().Length == section.Length
        && Shared.Http.ValidationErrors.IsCleanText(section, multiline: false);

    public static bool IsNumber(int number) => number is >= 1 and <= VenueLimits.SeatNumber;
}
