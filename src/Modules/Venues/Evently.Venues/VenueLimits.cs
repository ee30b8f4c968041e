namespace Evently.Venues;

/// <summary>What a venue may have at most. Lengths are in characters.</summary>
internal static class VenueLimits
{
    public const int Name = 200;
    public const int City = 100;
    public const int Description = 5_000;
    public const int SeatTypes = 50;
    public const int SeatType = 50;
    public const int Seats = 100_000;
    public const int SeatNumber = 9_999;
    public const int Row = 8;
    public const int Section = 32;

    /// <summary>100,000 seats, each spelled out in JSON.</summary>
    public const int SeatsBodyBytes = 16 * 1024 * 1024;

    /// <summary>Positions that a conflict names; the rest is only counted.</summary>
    public const int ReportedSeats = 1_000;

    /// <summary>Errors that a validation names; a body of 100,000 bad seats needs no 100,000 sentences.</summary>
    public const int ReportedErrors = 20;
}
