using System.Runtime.CompilerServices;
using Evently.Booking.Holds;
using Evently.Booking.Sagas;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using MassTransit;

namespace Evently.Booking.Support;

/// <summary>
/// Which holdings of an event ever came to a payment: support's way to bookings that the ledger no longer names. An entry is written before the
/// first attempt is committed, or with it; one without a payment behind it harms nobody. It has no end: a confirmed booking has none either.
/// </summary>
internal sealed class BookingListing(ModuleTable<BookingModule> table)
{
    public async ValueTask AddAsync(BehaviorContext<BookingSaga> context)
    {
        var entry = EntryOf(context.Saga);
        if (table.IsMetered)
            await table.WriteAsync(entry, context.CancellationToken);
        else
            context.AddToCommit([entry], applied: static () => { });
    }

    internal static Write EntryOf(BookingSaga saga) =>
        Write.Put(Keys.EventListEntry(saga.EventId, saga.Holding), new Dictionary<string, Value>(), Condition.Always);

    /// <summary>Holdings of an event's bookings, newest first.</summary>
    /// <param name="before">Only older ones than this; null for all.</param>
    public async ValueTask<IReadOnlyList<Ulid>> ReadOfEventAsync(string eventId, int limit, Ulid? before, CancellationToken cancellationToken)
    {
        var found = new List<Ulid>();
        for (var shard = 0; shard < Keys.EventListShards; shard++)
        {
            var query = new Query(Keys.EventList(eventId, shard), SortRange.All, Consistency.Eventual, limit, Descending: true, After: before?.ToString());
            found.AddRange((await table.QueryAsync(query, cancellationToken)).Items.Select(item => HoldingOf(item.Key.Sort)).OfType<Ulid>());
        }

        return [.. found.OrderDescending().Take(limit)];
    }

    /// <summary>Holdings of a user's bookings, newest first, of versions that listed them by user; those of later ones are in <see cref="UserHoldings"/>.</summary>
    /// <param name="before">Only older ones than this; null for all.</param>
    public async ValueTask<IReadOnlyList<Ulid>> ReadOfUserAsync(string userId, int limit, Ulid? before, CancellationToken cancellationToken)
    {
        // The place itself may be among them; entries are keyed by an event that a place does not name.
        var range = before is null ? SortRange.All : SortRange.AtMost(before.Value.ToString());
        var page = await table.QueryIndexAsync(new IndexQuery(Keys.BookingsOfUser(userId), range, limit + 1, Descending: true), cancellationToken);
        return [.. page.Entries.Select(entry => HoldingOf(entry.IndexSort)).OfType<Ulid>().Where(holding => holding != before).Take(limit)];
    }

    /// <summary>Every holding of the event's bookings, in no order.</summary>
    public async IAsyncEnumerable<Ulid> ReadAllOfEventAsync(string eventId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var shard = 0; shard < Keys.EventListShards; shard++)
        {
            await foreach (var item in table.ScanPartitionAsync(Keys.EventList(eventId, shard), SortRange.All, Consistency.Eventual, cancellationToken))
            {
                if (HoldingOf(item.Key.Sort) is { } holding)
                    yield return holding;
            }
        }
    }

    private static Ulid? HoldingOf(string sort) => Ulid.TryParse(sort, out var holding) ? holding : null;
}
