namespace Evently.Users.Contracts;

/// <summary>A person was erased: what a module keeps under the id and that is about the person goes.</summary>
/// <param name="CountedAs">As in <see cref="UserRegistered"/>.</param>
public sealed record UserErased(string UserId, DateTimeOffset ErasedAt, string? CountedAs = null);
