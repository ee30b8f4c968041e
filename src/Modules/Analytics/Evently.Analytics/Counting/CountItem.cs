using System.Globalization;
using Evently.Analytics.Rollups;
using Evently.Booking.Contracts;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Evently.Shared.Text;

namespace Evently.Analytics.Counting;

/// <summary>
/// An event's counter item, one of <see cref="Keys.CountShards"/>. It only ever adds, so messages may come in any order: a cancellation
/// that overtakes its confirmation leaves the sums right. Beside the totals it carries the minutes that no rollup has moved into the
/// timeline yet, so that totals and timeline cost one write together; the rollup keeps it under 1 KB.
/// </summary>
internal static class CountItem
{
    public const string Bookings = "bookings";
    public const string Seats = "seats";
    public const string Revenue = "revenue";
    public const string Cancellations = "cancelled";
    public const string SeatsGivenBack = "seats_back";
    public const string RevenueGivenBack = "revenue_back";
    public const string Refunded = "refunded";

    /// <summary>Holds that ended or became a booking; the active ones are in the tally.</summary>
    public const string PlacedHolds = "holds";
    public const string FailedHolds = "failed";
    public const string ExpiredHolds = "expired";

    /// <summary>UTC ticks of the latest confirmation that a rollup has seen.</summary>
    public const string LastBooking = "last";

    /// <summary>Counts the item's writes; the rollup's guard.</summary>
    public const string Version = "v";

    /// <summary>Revenue that stands, by seat type: <c>type:VIP</c>.</summary>
    public const string TypePrefix = "type:";

    // p29733421b: bookings in that minute since the Unix epoch.
    private const char PendingPrefix = 'p';

    // l638…: a confirmation at these UTC ticks. A maximum can't be added up, so the times stand side by side until the rollup keeps the latest.
    private const char TimePrefix = 'l';

    /// <summary>Longer than any queue keeps a message (14 days) with its dead letters redriven once.</summary>
    private static readonly TimeSpan KeepMark = TimeSpan.FromDays(35);

    // seen:01K…: which bookings of that batch the item has, a bit each.
    private const string MarkPrefix = "seen:";

    public static string MarkName(Ulid batch) => MarkPrefix + batch;

    /// <summary>Which bookings of the batch the item has; 0 for none.</summary>
    public static long MarkOf(Item? item, Ulid batch) => item?.Has(MarkName(batch)) == true ? item[MarkName(batch)].Number : 0;

    /// <summary>Marks that nobody can ask for any more; those that were finished by others than their author.</summary>
    public static IEnumerable<string> OldMarksOf(Item item, DateTimeOffset now) => item.Attributes.Keys.Where(name =>
        name.StartsWith(MarkPrefix, StringComparison.Ordinal) && Ulid.TryParse(name.AsSpan(MarkPrefix.Length), out var batch) && now - batch.Time > KeepMark);

    public static string PendingName(DateTimeOffset minute, Figure figure) =>
        string.Create(CultureInfo.InvariantCulture, $"{PendingPrefix}{minute.ToUnixTimeSeconds() / 60}{Timeline.LetterOf(figure)}");

    public static string TimeName(DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"{TimePrefix}{at.UtcTicks}");

    public static IEnumerable<PendingFigure> PendingOf(Item item)
    {
        foreach (var (name, value) in item.Attributes)
        {
            if (name[0] == PendingPrefix && CanonicalNumber.TryParse(name.AsSpan(1, name.Length - 2), out long minute))
                yield return new PendingFigure(name, DateTimeOffset.FromUnixTimeSeconds(minute * 60), Timeline.FigureOf(name[^1]), value.Number);
        }
    }

    public static IEnumerable<(string Name, long Ticks)> TimesOf(Item item)
    {
        foreach (var name in item.Attributes.Keys)
        {
            if (name[0] == TimePrefix && CanonicalNumber.TryParse(name.AsSpan(1), out long ticks))
                yield return (name, ticks);
        }
    }
}

/// <summary>A figure of a minute that waits for the rollup.</summary>
internal sealed record PendingFigure(string Name, DateTimeOffset Minute, Figure Figure, long Amount);

/// <summary>Collects what one message adds to its event's counters.</summary>
internal sealed class CountChanges
{
    private readonly SortedDictionary<string, long> _adds = new(StringComparer.Ordinal);
    private readonly HashSet<string> _times = new(StringComparer.Ordinal);

    /// <summary>How many figures it changes.</summary>
    public int Count => _adds.Count;

    public CountChanges Total(string name, long amount)
    {
        if (amount != 0)
            _adds[name] = _adds.GetValueOrDefault(name) + amount;
        return this;
    }

    public CountChanges Minute(DateTimeOffset at, Figure figure, long amount) => Total(CountItem.PendingName(at, figure), amount);

    /// <param name="isHoldCounted">By its end, which was heard of before.</param>
    public CountChanges Booking(BookingConfirmed booking, bool isHoldCounted)
    {
        Total(CountItem.Bookings, 1)
            .Total(CountItem.Seats, booking.Seats.Count)
            .Total(CountItem.Revenue, booking.Total)
            .Minute(booking.ConfirmedAt, Figure.Bookings, 1)
            .Minute(booking.ConfirmedAt, Figure.Seats, booking.Seats.Count)
            .Minute(booking.ConfirmedAt, Figure.Revenue, booking.Total);
        foreach (var seat in booking.Seats)
            Total(CountItem.TypePrefix + seat.SeatType, seat.Price);
        return isHoldCounted ? this : Total(CountItem.PlacedHolds, 1).Minute(booking.HeldAt, Figure.Holds, 1);
    }

    public CountChanges BookedAt(DateTimeOffset at)
    {
        _times.Add(CountItem.TimeName(at));
        return this;
    }

    /// <summary>One write that also puts the counter item into the rollup's index.</summary>
    /// <param name="source">Chooses the shard; an id that differs from message to message.</param>
    public Write ToWrite(string eventId, string source, DateTimeOffset at) =>
        Write.Update(Keys.Counts(eventId, Keys.CountShardOf(source)), Changes(eventId, at), Condition.Always);

    /// <summary>As the other, of one counter item, unless that has got these bookings of the batch already.</summary>
    /// <param name="done">Batches whose marks are to go.</param>
    public Write ToWrite(ItemKey counts, string eventId, DateTimeOffset at, BatchMark mark, IReadOnlyList<Ulid> done)
    {
        var name = CountItem.MarkName(mark.Batch);
        List<Change> changes = [.. Changes(eventId, at), Change.Set(name, mark.After), .. done.Select(batch => Change.Remove(CountItem.MarkName(batch)))];
        return Write.Update(counts, changes, mark.Before == 0 ? Condition.Absent(name) : Condition.Equal(name, mark.Before));
    }

    private List<Change> Changes(string eventId, DateTimeOffset at) =>
    [
        .. _adds.Select(add => Change.Add(add.Key, add.Value)),
        .. _times.Select(name => Change.Set(name, 1)),
        Change.Add(CountItem.Version, 1),
        Change.Set(WellKnown.IndexPartition, Keys.PendingOf(eventId)),
        Change.SetIfAbsent(WellKnown.IndexSort, Keys.PendingSort(at)),
    ];
}

/// <summary>Which bookings of a batch a counter item has before and after a write, a bit each by their places.</summary>
internal readonly record struct BatchMark(Ulid Batch, long Before, long After);
