namespace Evently.Events.Contracts;

/// <summary>An event was made as a draft: it sells nothing, and until it is published it exists for its owner and staff only.</summary>
public sealed record EventDrafted(string EventId, DateTimeOffset CreatedAt);
