namespace Evently.Api.Tests.Driver;

public sealed record RowPlan(string Row, int Seats, string SeatType);

/// <summary>What a test wants of its event; the defaults are two rows of ten seats, one of each type.</summary>
public sealed record ShowPlan
{
    public IReadOnlyList<RowPlan> Rows { get; init; } = [new("A", 10, "standard"), new("V", 10, "vip")];

    public IReadOnlyDictionary<string, decimal> Prices { get; init; } = new Dictionary<string, decimal> { ["standard"] = 45.50m, ["vip"] = 120.00m };

    public string Currency { get; init; } = "USD";

    public int? HoldSeconds { get; init; }

    public int? MaxSeats { get; init; }

    public DateTimeOffset? SalesOpenAt { get; init; }

    public string? Start { get; init; }

    public string? Name { get; init; }

    public string City { get; init; } = "Berlin";

    public string Description { get; init; } = "An evening.";

    public IReadOnlyList<string> Artists { get; init; } = [];

    public IReadOnlyList<string> Tags { get; init; } = [];

    public User? Organizer { get; init; }

    public string? VenueId { get; init; }
}
