using Evently.Booking.Catalog;
using Evently.Booking.Holds;
using Evently.Booking.Sagas;
using Evently.Booking.Support;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Users.Contracts;
using MassTransit;

namespace Evently.Booking.Bookings;

/// <summary>
/// A person is not erased who has bookings to come. What was on its way in that moment (a hold, a payment, a booking that Users had not heard of) would be out of
/// everybody's reach: it is cancelled, and what was paid is given back. A hold that arrives later still can't be paid, and runs out.
/// </summary>
internal sealed class CancelBookingsOfErased(
    ModuleTable<BookingModule> table,
    BookingListing listing,
    EventCatalog catalog,
    SagaTable<BookingModule, BookingSaga> sagas,
    LocalBus<BookingModule> bus,
    TimeProvider time) : IConsumer<UserErased>
{
    /// <summary>More than a person has under way at a time; older ones have come to their end.</summary>
    private const int Latest = 100;

    public async Task Consume(ConsumeContext<UserErased> context)
    {
        var (userId, cancellationToken) = (context.Message.UserId, context.CancellationToken);
        var holdings = new HashSet<Ulid>(await listing.ReadOfUserAsync(userId, Latest, before: null, cancellationToken));
        var partition = Keys.UserPartition(context.Message.CountedAs ?? userId);
        await foreach (var item in table.ScanPartitionAsync(partition, SortRange.BeginsWith(Keys.UserHoldingsPrefix), Consistency.Strong, cancellationToken))
            holdings.UnionWith(UserHoldings.Read(item).References.Select(reference => reference.Holding));

        foreach (var read in await sagas.ReadManyAsync([.. holdings.Select(holding => holding.ToGuid())], Consistency.Strong, cancellationToken))
        {
            // Guests of one address are listed together. What can't be read is shown to support.
            if (read.Saga is { } saga && saga.UserId == userId && await IsOutOfReachAsync(saga, cancellationToken))
                await bus.SendAsync(new CancelForErasure(saga.CorrelationId, userId), cancellationToken);
        }
    }

    private async ValueTask<bool> IsOutOfReachAsync(BookingSaga saga, CancellationToken cancellationToken) => saga.State switch
    {
        nameof(BookingStateMachine.Held) => true,
        nameof(BookingStateMachine.Charging) or nameof(BookingStateMachine.Settling) => !saga.EventWithdrawn,
        nameof(BookingStateMachine.Confirmed) => await catalog.FindAsync(saga.EventId, cancellationToken) is { StartTime: { } start } && start > time.GetUtcNow(),
        _ => false,
    };
}
