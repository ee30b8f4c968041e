using Evently.Booking.Catalog;
using Evently.Booking.Holds;
using Evently.Booking.Ledger;
using Evently.Booking.Sagas;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;

namespace Evently.Booking.Support;

/// <param name="Sagas">Readable or not; those that are not there any more are left out, so that a page may be short.</param>
/// <param name="Next">Where the next page begins; null when there is none.</param>
internal sealed record SupportPage(IReadOnlyList<SagaRead<BookingSaga>> Sagas, string? Next);

/// <summary>Finds saga instances for support. Each list is complete, goes on page by page, and begins with what is newest, or longest overdue.</summary>
internal sealed class SupportFinder(
    SagaTable<BookingModule, BookingSaga> sagas,
    ModuleTable<BookingModule> table,
    EventCatalog catalog,
    SeatLedger ledger,
    BookingListing listing,
    KnownUsers users,
    TimeProvider time)
{
    /// <summary>A hold lasts an hour at most and its payment keeps its seats some minutes more; what is older and never came to a payment holds nothing.</summary>
    private static readonly TimeSpan LongestHeld = TimeSpan.FromHours(2);

    /// <summary>Whether the text is a place in the lists of an event or a user.</summary>
    public static bool IsHoldingPlace(string after) => Ulid.TryParse(after, out var holding) && holding.ToString() == after;

    /// <summary>Whether the text is a place in the lists of what waits.</summary>
    public static bool IsWaitingPlace(string after) => SagaTable<BookingModule, BookingSaga>.IsDuePlace(after);

    /// <summary>By the id of the booking or of its holding.</summary>
    public async ValueTask<BookingSaga?> FindAsync(string id, CancellationToken cancellationToken) =>
        PrefixedId.TryParse(id, BookingSaga.BookingPrefix, out var holding) || PrefixedId.TryParse(id, BookingSaga.HoldingPrefix, out holding)
            ? await sagas.LoadAsync(holding.ToGuid(), cancellationToken)
            : null;

    /// <summary>What waits for something, longest overdue first; with <paramref name="overdueOnly"/> what should have been woken by now.</summary>
    public async ValueTask<SupportPage> ListWaitingAsync(bool overdueOnly, int limit, string? after, CancellationToken cancellationToken)
    {
        var page = await sagas.ReadDueAsync(overdueOnly ? time.GetUtcNow() - SagaWords.Grace : DateTimeOffset.MaxValue, limit, after, cancellationToken);
        return new SupportPage(page.Sagas, page.Next);
    }

    /// <summary>The user's instances: those that the hold cap lists, which forgets none in ten years, and those that older versions listed.</summary>
    public async ValueTask<SupportPage> ListOfUserAsync(string userId, int limit, string? after, CancellationToken cancellationToken)
    {
        var before = BeforeOf(after);
        var holdings = new HashSet<Ulid>(await listing.ReadOfUserAsync(userId, limit + 1, before, cancellationToken));
        var countedAs = await users.FindCountedAsAsync(userId, cancellationToken) ?? userId;
        var listed = new HashSet<Ulid>();
        await foreach (var item in table.ScanPartitionAsync(Keys.UserPartition(countedAs), SortRange.BeginsWith(Keys.UserHoldingsPrefix), Consistency.Strong, cancellationToken))
            listed.UnionWith(UserHoldings.Read(item).References.Select(reference => reference.Holding));

        // Guests of one address are counted together; each is listed alone.
        holdings.UnionWith(countedAs == userId ? listed : await OfAsync(userId, [.. listed.Except(holdings)], cancellationToken));
        return await PageAsync(holdings, limit, before, cancellationToken);
    }

    /// <summary>The event's instances: those that came to a payment, and the holdings that the ledger names.</summary>
    public async ValueTask<SupportPage> ListOfEventAsync(string eventId, int limit, string? after, CancellationToken cancellationToken)
    {
        var before = BeforeOf(after);
        var holdings = new HashSet<Ulid>(await listing.ReadOfEventAsync(eventId, limit + 1, before, cancellationToken));
        if ((before is null || before.Value.Time > time.GetUtcNow() - LongestHeld) && await catalog.FindAsync(eventId, cancellationToken) is { } on)
        {
            await foreach (var owner in ledger.ReadAllTakenAsync(on, cancellationToken))
            {
                if (owner is { IsBooked: false, Holding: { } holding })
                    holdings.Add(holding);
            }
        }

        return await PageAsync(holdings, limit, before, cancellationToken);
    }

    private async ValueTask<IEnumerable<Ulid>> OfAsync(string userId, IReadOnlyList<Ulid> holdings, CancellationToken cancellationToken)
    {
        var reads = await sagas.ReadManyAsync([.. holdings.Select(holding => holding.ToGuid())], Consistency.Strong, cancellationToken);
        return holdings.Where((_, i) => reads[i].Unreadable is not null || reads[i].Saga?.UserId == userId);
    }

    private static Ulid? BeforeOf(string? after) => after is null ? null : Ulid.TryParse(after, out var holding) ? holding : throw new ArgumentException($"'{after}' is no place.", nameof(after));

    private async ValueTask<SupportPage> PageAsync(HashSet<Ulid> holdings, int limit, Ulid? before, CancellationToken cancellationToken)
    {
        var ordered = holdings.Where(holding => before is null || holding.CompareTo(before.Value) < 0).OrderDescending().Take(limit + 1).ToList();
        var taken = ordered.Take(limit).ToList();
        return new SupportPage(await LoadAsync(taken.ConvertAll(holding => holding.ToGuid()), cancellationToken), ordered.Count > limit ? taken[^1].ToString() : null);
    }

    /// <summary>Those that are there, readable or not.</summary>
    private async ValueTask<IReadOnlyList<SagaRead<BookingSaga>>> LoadAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken) =>
        [.. (await sagas.ReadManyAsync(ids, Consistency.Strong, cancellationToken)).Where(read => read.Saga is not null || read.Unreadable is not null)];
}
