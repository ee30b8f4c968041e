using Evently.Booking.Sagas;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;

namespace Evently.Booking.Bookings;

/// <summary>Finds a caller's own holding or booking. What does not exist, what is somebody else's and what is no id at all look the same.</summary>
internal sealed class BookingFinder(SagaTable<BookingModule, BookingSaga> sagas)
{
    public const string HoldingNotFoundCode = "holding_not_found";
    public const string BookingNotFoundCode = "booking_not_found";

    public static ProblemResult HoldingNotFound => Problems.NotFound(HoldingNotFoundCode, "There is no such holding.");

    public static ProblemResult BookingNotFound => Problems.NotFound(BookingNotFoundCode, "There is no such booking.");

    public async ValueTask<BookingSaga?> FindHoldingAsync(string holdingId, Caller caller, CancellationToken cancellationToken) =>
        PrefixedId.TryParse(holdingId, BookingSaga.HoldingPrefix, out var holding) ? await FindAsync(holding, caller, cancellationToken) : null;

    /// <summary>
    /// For a step that the saga decides about: as this process last saw it while it waits to be confirmed, which spares a read; what has happened elsewhere
    /// since shows when the step is committed. Read in any other case, as whatever is answered without a step must be.
    /// </summary>
    public async ValueTask<BookingSaga?> FindHoldingToConfirmAsync(string holdingId, Caller caller, DateTimeOffset now, CancellationToken cancellationToken) =>
        PrefixedId.TryParse(holdingId, BookingSaga.HoldingPrefix, out var holding)
        && sagas.Recall(holding.ToGuid()) is { State: nameof(BookingStateMachine.Held), MayTryAgain: true } saga && now < saga.SeatsUntil && caller.MaySee(saga.UserId)
            ? saga
            : await FindHoldingAsync(holdingId, caller, cancellationToken);

    /// <summary>A holding is a booking from its first confirm on.</summary>
    public async ValueTask<BookingSaga?> FindBookingAsync(string bookingId, Caller caller, CancellationToken cancellationToken) =>
        PrefixedId.TryParse(bookingId, BookingSaga.BookingPrefix, out var holding)
        && await FindAsync(holding, caller, cancellationToken) is { HasBooking: true } saga ? saga : null;

    /// <summary>The instance as it is after a message was handled: as this process has just saved it, or else read.</summary>
    public async ValueTask<BookingSaga> ReadAgainAsync(BookingSaga saga, CancellationToken cancellationToken) =>
        sagas.Recall(saga.CorrelationId, laterThan: saga.Version)
        ?? await sagas.LoadAsync(saga.CorrelationId, cancellationToken) ?? throw new InvalidOperationException($"{saga.HoldingId} vanished.");

    private async ValueTask<BookingSaga?> FindAsync(Ulid holding, Caller caller, CancellationToken cancellationToken) =>
        await sagas.LoadAsync(holding.ToGuid(), cancellationToken) is { } saga && caller.MaySee(saga.UserId) ? saga : null;
}
