using Evently.Booking.Contracts;
using Evently.Shared.Storage;

namespace Evently.Analytics.Counting;

/// <summary>Counts bookings of one event together, each once, whatever is delivered twice and whoever dies.</summary>
internal abstract class BatchCounter
{
    /// <summary>Waits for others that are about to come.</summary>
    public abstract Task GatherAsync();

    /// <returns>The ids of the bookings that are counted now, or were before. The others were not, and are to be counted by themselves.</returns>
    /// <exception cref="TableUnavailableException">Some may be counted; each is to be delivered again.</exception>
    public abstract Task<IReadOnlySet<string>> CountAsync(IReadOnlyList<BookingConfirmed> bookings);
}

/// <summary>
/// Where a transaction costs no more than its writes: all in one. It is written as if none of the bookings had been heard of before; one that was has it
/// refused.
/// </summary>
internal sealed class CountAtOnce(ModuleTable<AnalyticsModule> table) : BatchCounter
{
    // The others of the same receive.
    public override async Task GatherAsync() => await Task.Yield();

    public override async Task<IReadOnlySet<string>> CountAsync(IReadOnlyList<BookingConfirmed> bookings)
    {
        var counts = new CountChanges();
        var writes = new List<Write>();
        foreach (var booking in bookings)
        {
            counts.Booking(booking, isHoldCounted: false);
            writes.Add(HoldingFact.OfNew(booking).Confirm(booking));
        }

        writes.Add(counts.BookedAt(bookings.Max(booking => booking.ConfirmedAt))
            .ToWrite(bookings[0].EventId, bookings[0].BookingId, bookings.Min(booking => booking.ConfirmedAt)));
        writes.AddRange(SeatBlock.Book(bookings));
        return writes.Count <= TableLimits.TransactionWrites && (await table.TransactAsync(writes, CancellationToken.None)).Applied
            ? bookings.Select(booking => booking.BookingId).ToHashSet(StringComparer.Ordinal)
            : new HashSet<string>();
    }
}
