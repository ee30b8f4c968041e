using Evently.Booking.Sagas;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Evently.Shared.Text;

namespace Evently.Booking.Support;

/// <summary>
/// Which holdings of an event ever came to a payment: support's way to bookings that the ledger no longer names. An entry is written before
/// the first attempt is committed; one without a payment behind it harms nobody.
/// </summary>
internal sealed class BookingListing(ModuleTable<BookingModule> table, TimeProvider time)
{
    private static readonly TimeSpan Keep = TimeSpan.FromDays(400);

    public async ValueTask AddAsync(BookingSaga saga, CancellationToken cancellationToken)
    {
        var attributes = new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            [WellKnown.TimeToLive] = (time.GetUtcNow() + Keep).ToUnixTimeSeconds(),
        };
        await table.WriteAsync(Write.Put(Keys.EventListEntry(saga.EventId, saga.Holding), attributes, Condition.Always), cancellationToken);
    }

    /// <summary>A page of an event's bookings, list by list, each by age.</summary>
    /// <param name="after">The previous page's end, or null.</param>
    public async ValueTask<(IReadOnlyList<Ulid> Holdings, string? Next)> ReadAsync(string eventId, int limit, string? after, CancellationToken cancellationToken)
    {
        var (shard, sort) = Place(after);
        var holdings = new List<Ulid>(limit);
        for (; shard < Keys.EventListShards; shard++, sort = null)
        {
            var page = await table.QueryAsync(
                new Query(Keys.EventList(eventId, shard), SortRange.All, Consistency.Eventual, limit - holdings.Count, After: sort), cancellationToken);
            foreach (var item in page.Items)
            {
                if (Ulid.TryParse(item.Key.Sort, out var holding))
                    holdings.Add(holding);
            }

            if (page.Next is not null)
                return (holdings, $"{shard}|{page.Next}");
            if (holdings.Count >= limit)
                return (holdings, shard + 1 < Keys.EventListShards ? $"{shard + 1}|" : null);
        }

        return (holdings, null);
    }

    /// <summary>Whether the text is one that <see cref="ReadAsync"/> gave.</summary>
    public static bool IsPlace(string after) => after.Split('|') is [var shard, var sort]
        && CanonicalNumber.TryParse(shard, out int number) && number < Keys.EventListShards && (sort.Length == 0 || Ulid.TryParse(sort, out _));

    private static (int Shard, string? Sort) Place(string? after)
    {
        var parts = after?.Split('|');
        return parts is [var shard, var sort] && CanonicalNumber.TryParse(shard, out int number) && number is >= 0 and < Keys.EventListShards
            ? (number, sort.Length == 0 ? null : sort)
            : (0, null);
    }
}
