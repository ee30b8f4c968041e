using Evently.Shared.Messaging;

namespace Evently.Booking.Sagas;

/// <summary>
/// Gives back the seats of a holding that ended, and tells the saga, which asks for it again until it heard that. So no seat depends on the process or
/// the request that ended its holding.
/// </summary>
internal sealed class ReleaseEndedSeats(SagaTable<BookingModule, BookingSaga> sagas, BookingSeats seats, LocalBus<BookingModule> bus) : ILocalHandler<ReleaseSeats>
{
    public async Task HandleAsync(ReleaseSeats message, CancellationToken cancellationToken)
    {
        if (await sagas.LoadAsync(message.CorrelationId, cancellationToken) is not
            { State: nameof(BookingStateMachine.Expired) or nameof(BookingStateMachine.Cancelled) } saga)
            return;
        await seats.FreeAsync(saga, cancellationToken);
        await bus.SendAsync(new SeatsReleased(saga.CorrelationId), cancellationToken);
    }
}
