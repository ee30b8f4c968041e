using Evently.Booking.Catalog;
using Evently.Booking.Holds;
using Evently.Booking.Ledger;
using Evently.Booking.Sagas;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;

namespace Evently.Booking.Support;

/// <summary>Finds saga instances for support, each way bounded by a page.</summary>
internal sealed class SupportFinder(
    SagaTable<BookingModule, BookingSaga> sagas,
    ModuleTable<BookingModule> table,
    EventCatalog catalog,
    SeatLedger ledger,
    BookingListing listing,
    TimeProvider time)
{
    /// <summary>Waiting instances that are looked through at most.</summary>
    public const int MaxWaiting = 1_000;

    /// <summary>A user's events that are looked through at most.</summary>
    private const int MaxEventsOfUser = 200;

    private const string HeldPhase = "held|";
    private const string PaidPhase = "paid|";

    /// <summary>Whether the text is a place in an event's list: of the held ones by holding, of the paid ones by <see cref="BookingListing"/>.</summary>
    public static bool IsEventCursor(string after) => after.StartsWith(HeldPhase, StringComparison.Ordinal)
        ? Ulid.TryParse(after.AsSpan(HeldPhase.Length), out _)
        : after.StartsWith(PaidPhase, StringComparison.Ordinal) && (after.Length == PaidPhase.Length || BookingListing.IsPlace(after[PaidPhase.Length..]));

    /// <summary>By the id of the booking or of its holding.</summary>
    public async ValueTask<BookingSaga?> FindAsync(string id, CancellationToken cancellationToken) =>
        PrefixedId.TryParse(id, BookingSaga.BookingPrefix, out var holding) || PrefixedId.TryParse(id, BookingSaga.HoldingPrefix, out holding)
            ? await sagas.LoadAsync(holding.ToGuid(), cancellationToken)
            : null;

    /// <summary>What waits for something, longest overdue first; with <paramref name="overdueOnly"/> what should have been woken by now.</summary>
    public async ValueTask<IReadOnlyList<BookingSaga>> ListWaitingAsync(bool overdueOnly, CancellationToken cancellationToken)
    {
        var dueBy = overdueOnly ? time.GetUtcNow() - SagaWords.Grace : DateTimeOffset.MaxValue;
        var ids = await sagas.ListDueAsync(dueBy, MaxWaiting, cancellationToken);
        return [.. (await LoadAsync(ids, cancellationToken)).Select(found => found.Saga).OfType<BookingSaga>().OrderBy(saga => saga.DueAt)];
    }

    /// <summary>A page of the user's instances, newest first. Of a busy user's past only the holdings that the hold cap still lists.</summary>
    public async ValueTask<(IReadOnlyList<SagaRead<BookingSaga>> Sagas, string? Next)> ListOfUserAsync(string userId, int limit, string? after, CancellationToken cancellationToken)
    {
        var page = await table.QueryAsync(
            new Query(Keys.UserPartition(userId), SortRange.BeginsWith(Keys.UserHoldingsPrefix), Consistency.Strong, MaxEventsOfUser), cancellationToken);
        var holdings = page.Items
            .SelectMany(item => UserHoldings.Read(item).References, (_, reference) => reference.Holding.ToString())
            .Where(holding => after is null || string.CompareOrdinal(holding, after) < 0)
            .OrderDescending(StringComparer.Ordinal)
            .ToList();
        return await TakeAsync(holdings, limit, prefix: "", cancellationToken);
    }

    /// <summary>
    /// A page of the event's instances: first the holdings that the ledger names and that were never paid, then every one that came to a payment.
    /// </summary>
    public async ValueTask<(IReadOnlyList<SagaRead<BookingSaga>> Sagas, string? Next)> ListOfEventAsync(string eventId, int limit, string? after, CancellationToken cancellationToken)
    {
        var found = new List<SagaRead<BookingSaga>>();
        if (after is null || after.StartsWith(HeldPhase, StringComparison.Ordinal))
        {
            if (await catalog.FindAsync(eventId, cancellationToken) is not { } on)
                return ([], null);
            var holdings = await HoldingsAsync(on, after?[HeldPhase.Length..], cancellationToken);
            var (held, next) = await TakeAsync(holdings, limit, HeldPhase, cancellationToken);
            found.AddRange(held.Where(read => read.Saga is not { HasBooking: true }));
            if (next is not null || found.Count >= limit)
                return (found, next ?? PaidPhase);
            after = PaidPhase;
        }

        var start = after.StartsWith(PaidPhase, StringComparison.Ordinal) ? after[PaidPhase.Length..] : "";
        var (listed, nextListed) = await listing.ReadAsync(eventId, limit - found.Count, start.Length == 0 ? null : start, cancellationToken);
        found.AddRange(await LoadAsync([.. listed.Select(holding => holding.ToGuid())], cancellationToken));
        return (found, nextListed is null ? null : PaidPhase + nextListed);
    }

    private async ValueTask<List<string>> HoldingsAsync(OnSaleEvent on, string? after, CancellationToken cancellationToken)
    {
        var holdings = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var owner in ledger.ReadAllTakenAsync(on, cancellationToken))
        {
            if (owner is { IsBooked: false, Holding: { } holding } && (after is null || string.CompareOrdinal(holding.ToString(), after) > 0))
                holdings.Add(holding.ToString());
        }

        return [.. holdings];
    }

    private async ValueTask<(IReadOnlyList<SagaRead<BookingSaga>> Sagas, string? Next)> TakeAsync(List<string> holdings, int limit, string prefix, CancellationToken cancellationToken)
    {
        var taken = holdings.Take(limit).ToList();
        var found = await LoadAsync(
            taken.ConvertAll(holding => Ulid.TryParse(holding, out var ulid) ? ulid.ToGuid() : throw new InvalidOperationException($"'{holding}' is no holding.")),
            cancellationToken);
        return (found, holdings.Count > limit ? prefix + taken[^1] : null);
    }

    /// <summary>Those that are there, readable or not.</summary>
    private async ValueTask<IReadOnlyList<SagaRead<BookingSaga>>> LoadAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken) =>
        [.. (await sagas.ReadManyAsync(ids, Consistency.Strong, cancellationToken)).Where(read => read.Saga is not null || read.Unreadable is not null)];
}
