using Evently.Shared.Messaging;
using MassTransit;

namespace Evently.Booking.Sagas;

/// <summary>
/// Gives back the seats of a holding that ended, and tells the saga, which asks for it again until it heard that. So no seat depends on the process or
/// the request that ended its holding.
/// </summary>
internal sealed class ReleaseEndedSeats(SagaTable<BookingModule, BookingSaga> sagas, BookingSeats seats, LocalBus<BookingModule> bus) : IConsumer<ReleaseSeats>
{
    public async Task Consume(ConsumeContext<ReleaseSeats> context)
    {
        if (await sagas.LoadAsync(context.Message.CorrelationId, context.CancellationToken) is not
            { State: nameof(BookingStateMachine.Expired) or nameof(BookingStateMachine.Cancelled) } saga)
            return;
        await seats.FreeAsync(saga, context.CancellationToken);
        await bus.SendAsync(new SeatsReleased(saga.CorrelationId), context.CancellationToken);
    }
}
