namespace Evently.Events;

/// <summary>What an event may have. Lengths are in characters.</summary>
internal static class EventLimits
{
    public const int Name = 200;
    public const int Description = 5_000;
    public const int Artists = 50;
    public const int Artist = 100;
    public const int Tags = 50;
    public const int Tag = 50;
    public const int SeatTypes = 50;
    public const int SeatType = 50;
    public const int DurationMinutes = 366 * 24 * 60;
    public const int MinHoldSeconds = 5;
    public const int MaxHoldSeconds = 3_600;
    public const int SeatsPerBooking = 20;
    public const int DefaultSeatsPerBooking = 8;

    /// <summary>The largest limit on one person's seats; Booking counts that many exactly.</summary>
    public const int SeatsPerUser = 100;
    public const string DefaultCurrency = "USD";
}
