using System.Globalization;
using Evently.Shared.Ids;
using Evently.Shared.Text;

namespace Evently.Users.History;

/// <summary>Where a booking stands in the history: by its date, and of the same date by its hold.</summary>
/// <param name="At">Unix time in milliseconds.</param>
internal readonly record struct HistoryPlace(long At, Ulid Hold) : IComparable<HistoryPlace>
{
    /// <summary>Far longer than a hold and its payment take. What comes later still (money after an outage of days) stands where its hold stood by then.</summary>
    public static readonly TimeSpan LongestFromHold = TimeSpan.FromDays(1);

    private const int TimeBits = 48;
    private const char Separator = '-';

    /// <summary>No hold behind it in the store belongs before this place: a booking is never older than its hold.</summary>
    public Ulid FirstHold => At >> TimeBits != 0 ? new Ulid(UInt128.MaxValue) : new Ulid((((UInt128)(ulong)At + 1) << (128 - TimeBits)) - 1);

    /// <param name="date">By the clock of the instance that wrote it, which may be behind that of the hold's.</param>
    public static HistoryPlace Of(Ulid hold, DateTimeOffset date) => new(
        Math.Clamp(date.ToUnixTimeMilliseconds(), hold.Time.ToUnixTimeMilliseconds(), (hold.Time + LongestFromHold).ToUnixTimeMilliseconds()), hold);

    public static bool TryParse(string text, out HistoryPlace place)
    {
        place = default;
        var at = text.IndexOf(Separator, StringComparison.Ordinal);
        if (at < 0 || !CanonicalNumber.TryParse(text.AsSpan(0, at), out long time) || time < 0 || time >> TimeBits != 0 || !Ulid.TryParse(text.AsSpan(at + 1), out var hold))
            return false;
        place = new HistoryPlace(time, hold);
        return true;
    }

    /// <summary>Whether every booking whose hold is at or before this one stands behind this place.</summary>
    public bool IsAfterAllOf(string hold) => Ulid.TryParse(hold, out var id) && At > (id.Time + LongestFromHold).ToUnixTimeMilliseconds();

    public int CompareTo(HistoryPlace other) => At == other.At ? Hold.CompareTo(other.Hold) : At.CompareTo(other.At);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At}{Separator}{Hold}");
}
