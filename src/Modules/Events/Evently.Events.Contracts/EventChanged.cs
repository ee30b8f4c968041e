namespace Evently.Events.Contracts;

/// <summary>What can change of an event, in full. Apply it only when <paramref name="Revision"/> is higher than the one kept.</summary>
/// <param name="Revision">Counts changes of the event; 1 is its creation.</param>
/// <param name="SalesCloseAt">Null: with the start.</param>
/// <param name="Prices">Of holds placed from now on, in minor units; null from versions that could not change them.</param>
public sealed record EventChanged(
    string EventId,
    int Revision,
    string Name,
    DateTimeOffset StartTime,
    int DurationMinutes,
    IReadOnlyList<string> Artists,
    IReadOnlyList<string> Tags,
    DateTimeOffset? SalesOpenAt,
    DateTimeOffset? SalesCloseAt = null,
    IReadOnlyDictionary<string, long>? Prices = null);
