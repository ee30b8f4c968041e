namespace Evently.Users.Contracts;

/// <summary>A user exists, so that staff may hold seats for that user.</summary>
public sealed record UserRegistered(string UserId, DateTimeOffset RegisteredAt);
