namespace Evently.Users.Contracts;

/// <summary>A user exists, so that staff may hold seats for that user.</summary>
/// <param name="CountedAs">Under which id limits on a person's seats count, where that is not the user's own: a guest's address, hashed.</param>
public sealed record UserRegistered(string UserId, DateTimeOffset RegisteredAt, string? CountedAs = null);
