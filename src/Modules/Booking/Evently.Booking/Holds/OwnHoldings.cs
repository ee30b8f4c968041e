using Evently.Booking.Catalog;
using Evently.Booking.Sagas;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;

namespace Evently.Booking.Holds;

/// <summary>A user's own holdings, from the lists that the cap on held seats keeps.</summary>
internal sealed class OwnHoldings(ModuleTable<BookingModule> table, SagaTable<BookingModule, BookingSaga> sagas, TimeProvider time)
{
    /// <summary>Everything that the user ever held of the event and that is still listed.</summary>
    /// <param name="countedAs">Whose list it is in. A guest shares one with others of the same address, whose holdings are not the guest's own.</param>
    public async ValueTask<IReadOnlySet<Ulid>> OfEventAsync(string userId, string countedAs, OnSaleEvent on, CancellationToken cancellationToken)
    {
        var item = await table.GetAsync(Keys.UserHoldings(countedAs, on.Id), Consistency.Eventual, cancellationToken);
        var listed = UserHoldings.Read(item).References.Select(reference => reference.Holding);
        if (string.Equals(userId, countedAs, StringComparison.Ordinal))
            return listed.ToHashSet();
        var instances = await sagas.LoadManyAsync([.. listed.Select(holding => holding.ToGuid())], Consistency.Eventual, cancellationToken);
        return OwnedBy(userId, instances).Select(saga => saga.Holding).ToHashSet();
    }

    /// <summary>Those that run: their seats are kept, or a payment for them is under way. Newest first.</summary>
    /// <param name="countedAs">See <see cref="OfEventAsync"/>.</param>
    public async ValueTask<IReadOnlyList<BookingSaga>> RunningAsync(string userId, string countedAs, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var holdings = new List<Guid>();
        await foreach (var item in table.ScanPartitionAsync(
            Keys.UserPartition(countedAs), SortRange.BeginsWith(Keys.UserHoldingsPrefix), Consistency.Strong, cancellationToken))
            holdings.AddRange(UserHoldings.Read(item).References.Where(reference => reference.MayHoldAt(now)).Select(reference => reference.Holding.ToGuid()));
        var instances = await sagas.LoadManyAsync(holdings, Consistency.Strong, cancellationToken);
        return [.. OwnedBy(userId, instances).Where(saga => IsRunning(saga, now)).OrderByDescending(saga => saga.HeldAt)];
    }

    private static IEnumerable<BookingSaga> OwnedBy(string userId, IEnumerable<BookingSaga?> instances) =>
        instances.OfType<BookingSaga>().Where(saga => string.Equals(saga.UserId, userId, StringComparison.Ordinal));

    private static bool IsRunning(BookingSaga saga, DateTimeOffset now) =>
        saga.HoldingState == "confirming" || (saga.HoldingState == "held" && now < saga.SeatsUntil);
}
