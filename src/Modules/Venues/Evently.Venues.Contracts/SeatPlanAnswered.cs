namespace Evently.Venues.Contracts;

/// <summary>
/// The venue's owner answers <c>SeatPlanRequested</c>: what the venue is and which seats it has, as of this moment. Asking the owner, rather
/// than a replica that cannot know that it lags, is what makes "the seats that the venue had when the event was created" true.
/// </summary>
/// <param name="Found">False when there is no such venue; the rest is then empty.</param>
/// <param name="PlanVersion">Names the set of seats; a venue's set only grows, and an old version can be read for ever.</param>
/// <param name="SeatTypes">Every seat type that the venue declares.</param>
/// <param name="Seats">How many seats of each type the plan has; types without seats are left out.</param>
public sealed record SeatPlanAnswered(
    string EventId,
    string VenueId,
    bool Found,
    string VenueName,
    string City,
    string TimeZone,
    int PlanVersion,
    IReadOnlyList<string> SeatTypes,
    IReadOnlyList<SeatTypeCount> Seats);

public sealed record SeatTypeCount(string SeatType, int Count);
