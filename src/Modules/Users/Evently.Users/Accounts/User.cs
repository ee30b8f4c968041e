using Evently.Shared.Http;
using Evently.Shared.Storage;

namespace Evently.Users.Accounts;

/// <param name="Email">As its owner typed it; the claim on it is normalized.</param>
/// <param name="Roles">In the order of <see cref="Shared.Http.Roles.All"/>, never without customer.</param>
/// <param name="Version">Counts saves, from 1.</param>
internal sealed record User(
    string UserId,
    string Email,
    string Phone,
    string? Name,
    string PasswordHash,
    IReadOnlyList<string> Roles,
    DateTimeOffset CreatedAt,
    int Version)
{
    private const char RoleSeparator = ',';

    public bool IsAdmin => Roles.Contains(Shared.Http.Roles.Admin);

    public static User Read(string userId, Item item) => new(
        userId,
        item["email"].String,
        item["phone"].String,
        item.Has("name") ? item["name"].String : null,
        item["password_hash"].String,
        item["roles"].String.Split(RoleSeparator),
        DateTimeOffset.FromUnixTimeMilliseconds(item["created_at"].Number),
        (int)item["version"].Number);

    /// <summary>Every known role once, customer always among them.</summary>
    public static IReadOnlyList<string> Canonical(IEnumerable<string> roles)
    {
        var given = roles.ToHashSet(StringComparer.Ordinal);
        return [.. Shared.Http.Roles.All.Where(role => role == Shared.Http.Roles.Customer || given.Contains(role))];
    }

    public Dictionary<string, Value> ToAttributes()
    {
        var attributes = new Dictionary<string, Value>
        {
            ["email"] = Email,
            ["phone"] = Phone,
            ["password_hash"] = PasswordHash,
            ["roles"] = string.Join(RoleSeparator, Roles),
            ["created_at"] = CreatedAt.ToUnixTimeMilliseconds(),
            ["version"] = Version,
        };
        if (Name is not null)
            attributes["name"] = Name;
        return attributes;
    }
}

internal sealed record UserResponse(string UserId, string Email, string Phone, string? Name, IReadOnlyList<string> Roles, DateTimeOffset CreatedAt)
{
    public static UserResponse From(User user) => new(user.UserId, user.Email, user.Phone, user.Name, user.Roles, user.CreatedAt);
}
