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
    public async ValueTask<IReadOnlySet<Ulid>> OfEventAsync(string userId, OnSaleEvent on, CancellationToken cancellationToken)
    {
        var item = await table.GetAsync(Keys.UserHoldings(userId, on.Id), Consistency.Eventual, cancellationToken);
        return UserHoldings.Read(item).References.Select(reference => reference.Holding).ToHashSet();
    }

    /// <summary>Those that run: their seats are kept, or a payment for them is under way. Newest first.</summary>
    public async ValueTask<IReadOnlyList<BookingSaga>> RunningAsync(string userId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var holdings = new List<Guid>();
        await foreach (var item in table.ScanPartitionAsync(
            Keys.UserPartition(userId), SortRange.BeginsWith(Keys.UserHoldingsPrefix), Consistency.Strong, cancellationToken))
            holdings.AddRange(UserHoldings.Read(item).References.Where(reference => reference.MayHoldAt(now)).Select(reference => reference.Holding.ToGuid()));
        var instances = await sagas.LoadManyAsync(holdings, Consistency.Strong, cancellationToken);
        return [.. instances.OfType<BookingSaga>().Where(saga => IsRunning(saga, now)).OrderByDescending(saga => saga.HeldAt)];
    }

    private static bool IsRunning(BookingSaga saga, DateTimeOffset now) =>
        saga.HoldingState == "confirming" || (saga.HoldingState == "held" && now < saga.SeatsUntil);
}
