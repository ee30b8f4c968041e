namespace Evently.Booking.Contracts;

/// <summary>
/// What is held at this moment, and which holds were refused since the last tally; at most one a second and event. Placing a hold writes no
/// message of its own: the holds of a minute are those that ended (<see cref="HoldEnded"/>, <see cref="BookingConfirmed"/>) plus those that are active here.
/// </summary>
/// <param name="Instance">The process that counts; refusals of different instances add up.</param>
/// <param name="Sequence">Ascends within an instance. Of the state, the latest by <paramref name="At"/> counts; of the refusals, each tally once.</param>
/// <param name="HeldSeats">One bit a seat in plan order, least significant bit first; set while the seat is held and not booked. Base64 in JSON.</param>
/// <param name="ActiveHolds">Holds that have neither ended nor become a booking, by the minute in which they were placed.</param>
/// <param name="RefusedHolds">Holds refused (409) since this instance's last tally, by minute.</param>
public sealed record SalesTallied(
    string EventId,
    string Instance,
    long Sequence,
    DateTimeOffset At,
    int HeldSeatCount,
    int BookedSeatCount,
    byte[] HeldSeats,
    IReadOnlyList<MinuteCount> ActiveHolds,
    IReadOnlyList<MinuteCount> RefusedHolds);

/// <param name="Minute">Start of the minute, UTC.</param>
public sealed record MinuteCount(DateTimeOffset Minute, int Count);
