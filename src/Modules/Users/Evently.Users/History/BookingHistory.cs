using System.Globalization;
using System.Text.Json;
using Evently.Shared.Ids;
using Evently.Shared.Money;
using Evently.Shared.Storage;

namespace Evently.Users.History;

/// <summary>A row of <c>GET /user/{user_id}/bookings</c>.</summary>
/// <param name="EventName">Null while the event's own message has not arrived.</param>
/// <param name="Seats">Positions.</param>
/// <param name="BookingDate">When it was confirmed; of a failed one, when it failed; of a pending one, when its payment began.</param>
/// <param name="Total">Major units.</param>
internal sealed record BookingEntry(
    string BookingId,
    string EventId,
    string? EventName,
    DateTimeOffset? StartTime,
    IReadOnlyList<string> Seats,
    DateTimeOffset BookingDate,
    BookingState State,
    decimal Total,
    string Currency);

internal enum BookingState
{
    /// <summary>A payment is under way, and what becomes of it not known.</summary>
    PaymentPending,

    Confirmed,
    RefundPending,
    Cancelled,

    /// <summary>A payment was tried and no booking came of it.</summary>
    Failed,
}

/// <summary>
/// Reads the history. Its items hold facts (confirmed when, cancelled when, refunded when), each written by one kind of message, so that messages may come twice
/// and in any order; the state is derived from the facts that are there.
/// </summary>
internal sealed class BookingHistory(ModuleTable<UsersModule> table)
{
    private const string BookingPrefix = "booking";

    /// <summary>
    /// Newest first, by booking date. They are kept by hold; a booking's place is at most <see cref="HistoryPlace.LongestFromHold"/> after that of its hold, so a page is read until no older
    /// hold can belong on it.
    /// </summary>
    /// <param name="after">The place to continue behind; null at the beginning.</param>
    /// <returns>The second value is the place to continue behind; null at the end.</returns>
    public async ValueTask<(IReadOnlyList<BookingEntry> Entries, HistoryPlace? Next)> ListAsync(
        string userId, int limit, HistoryPlace? after, CancellationToken cancellationToken)
    {
        // One more than asked tells whether there is a next page.
        var found = new PriorityQueue<Entry, HistoryPlace>();
        var from = after?.FirstHold.ToString();
        do
        {
            var query = new Query(Keys.HistoryPartition(userId), SortRange.All, Consistency.Strong, limit + 1, Descending: true, After: from);
            var page = await table.QueryAsync(query, cancellationToken);
            foreach (var entry in page.Items.Select(Entry.Read).OfType<Entry>().Where(entry => after is not { } place || entry.Place.CompareTo(place) < 0))
            {
                found.Enqueue(entry, entry.Place);
                if (found.Count > limit + 1)
                    found.Dequeue();
            }

            from = page.Next;
        }
        while (from is not null && !(found.Count > limit && found.TryPeek(out _, out var oldest) && oldest.IsAfterAllOf(from)));

        var shown = found.UnorderedItems.Select(item => item.Element).OrderByDescending(entry => entry.Place).Take(limit).ToList();
        var events = await ReadEventsAsync(shown, cancellationToken);
        return ([.. shown.Select(entry => entry.ToRow(events))], found.Count > limit ? shown[^1].Place : null);
    }

    /// <summary>Whether a booking of an event that has not begun is confirmed, or may be.</summary>
    public async ValueTask<bool> HasUpcomingAsync(string userId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        HistoryPlace? after = null;
        do
        {
            var (entries, next) = await ListAsync(userId, Shared.Http.PageRequest.MaxLimit, after, cancellationToken);
            if (entries.Any(entry => entry.State is BookingState.Confirmed or BookingState.PaymentPending && !(entry.StartTime <= now)))
                return true;
            after = next;
        }
        while (after is not null);
        return false;
    }

    /// <summary>Page by page; what is left behind by a crash names nobody any more.</summary>
    public async ValueTask EraseAsync(string userId, CancellationToken cancellationToken)
    {
        var writes = new List<Write>();
        await foreach (var item in table.ScanPartitionAsync(Keys.HistoryPartition(userId), SortRange.All, Consistency.Strong, cancellationToken))
            writes.Add(Write.Delete(item.Key, Condition.Always));
        if (writes.Count > 0)
            await table.WriteManyAsync(writes, cancellationToken);
    }

    public static BookingState? StateOf(bool confirmed, bool cancelled, bool refunded, bool nothingToRefund, bool ended, bool pending) =>
        (confirmed, cancelled, refunded, ended) switch
        {
            // Only a cancelled booking is refunded, so a refund that overtakes its cancellation says both.
            (true, _, true, _) => BookingState.Cancelled,
            (true, true, false, _) => nothingToRefund ? BookingState.Cancelled : BookingState.RefundPending,
            (true, false, false, _) => BookingState.Confirmed,

            // A payment that came in after its hold had ended may still have become a booking; if not, it failed.
            (false, _, _, true) => BookingState.Failed,
            (false, _, _, false) => pending ? BookingState.PaymentPending : null,
        };

    private async ValueTask<Dictionary<string, Item>> ReadEventsAsync(List<Entry> entries, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, Item>(StringComparer.Ordinal);
        foreach (var batch in entries.Select(entry => entry.EventId).Distinct(StringComparer.Ordinal).Chunk(TableLimits.BatchGetKeys))
        {
            var items = await table.GetManyAsync(Array.ConvertAll(batch, Keys.Event), Consistency.Eventual, cancellationToken);
            foreach (var (eventId, item) in batch.Zip(items))
            {
                if (item is not null)
                    found[eventId] = item;
            }
        }

        return found;
    }

    private sealed record Entry(HistoryPlace Place, string EventId, IReadOnlyList<string> Seats, DateTimeOffset Date, BookingState State, long Total, string Currency)
    {
        /// <summary>Null while the facts do not make a row: a refund alone, a hold that ended before anybody paid, a payment that was declined while the hold goes on.</summary>
        public static Entry? Read(Item item)
        {
            var pending = Facts.PendingSince(item);
            var state = StateOf(
                item.Has(Facts.ConfirmedAt),
                item.Has(Facts.CancelledAt),
                item.Has(Facts.RefundedAt),
                item.Has(Facts.Refund) && item[Facts.Refund].Number == 0,
                item.Has(Facts.EndedAt),
                pending is not null);
            if (state is null || !Ulid.TryParse(item.Key.Sort, out var hold))
                return null;
            var date = state switch
            {
                BookingState.PaymentPending => pending!.Value,
                BookingState.Failed => item[Facts.EndedAt].Number,
                _ => item[Facts.ConfirmedAt].Number,
            };
            return new Entry(
                HistoryPlace.Of(hold, DateTimeOffset.FromUnixTimeMilliseconds(date)),
                item[Facts.EventId].String,
                JsonSerializer.Deserialize(item[Facts.Seats].String, UsersJson.Default.IReadOnlyListString)!,
                DateTimeOffset.FromUnixTimeMilliseconds(date),
                state.Value,
                item[Facts.Total].Number,
                item[Facts.Currency].String);
        }

        public BookingEntry ToRow(Dictionary<string, Item> events)
        {
            var known = events.GetValueOrDefault(EventId);
            return new BookingEntry(
                $"{BookingPrefix}-{Place.Hold}",
                EventId,
                known?[Facts.EventName].String,
                known is null ? null : DateTimeOffset.FromUnixTimeMilliseconds(known[Facts.StartTime].Number),
                Seats,
                Date,
                State,
                Shared.Money.Currency.ToMajor(Total, Currency),
                Currency);
        }
    }
}

/// <summary>Attributes of the history's items.</summary>
internal static class Facts
{
    public const string EventId = "event_id";
    public const string Seats = "seats";
    public const string Total = "total";
    public const string Currency = "currency";
    public const string ConfirmedAt = "confirmed_at";
    public const string CancelledAt = "cancelled_at";
    public const string Refund = "refund";
    public const string RefundedAt = "refunded_at";
    public const string EndedAt = "ended_at";
    public const string EventName = "name";
    public const string StartTime = "start_time";
    public const string Revision = "revision";
    private const string PendingPrefix = "pending_";
    private const string DeclinedPrefix = "declined_";

    /// <summary>Facts of one payment of several; each is set once, so that they too may come in any order.</summary>
    public static string PendingSince(int attempt) => PendingPrefix + attempt.ToString(CultureInfo.InvariantCulture);

    public static string DeclinedAt(int attempt) => DeclinedPrefix + attempt.ToString(CultureInfo.InvariantCulture);

    /// <summary>When the payment began that is pending; null when none is. Unix time in milliseconds.</summary>
    public static long? PendingSince(Item item)
    {
        foreach (var name in item.Attributes.Keys.Where(name => name.StartsWith(PendingPrefix, StringComparison.Ordinal)))
        {
            if (!item.Has(DeclinedPrefix + name[PendingPrefix.Length..]))
                return item[name].Number;
        }

        return null;
    }
}
