using Evently.Shared.Http;
using Evently.Shared.Storage;
using Evently.Users.Guests;
using System.Text.Json;

namespace Evently.Users.Accounts;

/// <param name="Email">As its owner typed it; the claim on it is normalized.</param>
/// <param name="Phone">Null only for guests.</param>
/// <param name="PasswordHash">Empty for guests, who have no password.</param>
/// <param name="Roles">In the order of <see cref="Shared.Http.Roles.All"/>, never without customer; a guest has that role alone.</param>
/// <param name="Version">Counts saves, from 1.</param>
/// <param name="TokenVersion">Counts what ends all tokens: changed passwords.</param>
/// <param name="IsEmailProven">Its owner has shown to read mail to the address.</param>
/// <param name="Seller">Printed on receipts; null until it was told.</param>
internal sealed record User(
    string UserId,
    string Email,
    string? Phone,
    string? Name,
    string PasswordHash,
    IReadOnlyList<string> Roles,
    DateTimeOffset CreatedAt,
    int Version,
    int TokenVersion = 0,
    bool IsEmailProven = false,
    Seller? Seller = null)
{
    private const char RoleSeparator = ',';

    /// <summary>Stands in the store for what a guest may lack: versions before had no guests and expect a text.</summary>
    private const string None = "-";

    /// <summary>As the account's claim on its address is spelled; an account of an earlier version may have the second spelling. A guest claims none.</summary>
    public IEnumerable<string> ClaimedEmails =>
        IsGuest ? [] : new[] { AccountRules.NormalizeEmail(Email), AccountRules.FormerNormalizeEmail(Email) }.Distinct(StringComparer.Ordinal);

    /// <summary>Without a password: whoever has the token is the guest.</summary>
    public bool IsGuest => Roles.Contains(Shared.Http.Roles.Guest);

    /// <summary>See <see cref="Caller.CountedAs"/>; null for accounts.</summary>
    public string? CountedAs => IsGuest ? GuestIdentity.Of(Email) : null;

    public bool IsAdmin => Roles.Contains(Shared.Http.Roles.Admin);

    /// <summary>Nothing that tokens are compared with differs (<see cref="AccountFact"/>).</summary>
    public bool CountsAs(User other) =>
        TokenVersion == other.TokenVersion && Roles.SequenceEqual(other.Roles, StringComparer.Ordinal) && CountedAs == other.CountedAs;

    public static User Read(string userId, Item item) => new(
        userId,
        item["email"].String,
        Given(item["phone"].String),
        item.Has("name") ? item["name"].String : null,
        Given(item["password_hash"].String) ?? "",
        item["roles"].String.Split(RoleSeparator),
        DateTimeOffset.FromUnixTimeMilliseconds(item["created_at"].Number),
        (int)item["version"].Number,
        item.Has("token_version") ? (int)item["token_version"].Number : 0,
        item.Has("email_proven"),
        item.Has("seller") ? JsonSerializer.Deserialize(item["seller"].String, UsersJson.Default.Seller) : null);

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
            ["phone"] = Phone ?? None,
            ["password_hash"] = IsGuest ? None : PasswordHash,
            ["roles"] = string.Join(RoleSeparator, Roles),
            ["created_at"] = CreatedAt.ToUnixTimeMilliseconds(),
            ["version"] = Version,
        };
        if (Name is not null)
            attributes["name"] = Name;
        if (TokenVersion > 0)
            attributes["token_version"] = TokenVersion;
        if (IsEmailProven)
            attributes["email_proven"] = 1;
        if (Seller is not null)
            attributes["seller"] = JsonSerializer.Serialize(Seller, UsersJson.Default.Seller);
        return attributes;
    }

    private static string? Given(string stored) => stored == None ? null : stored;
}

/// <summary>Who sells, as the law wants it on a receipt.</summary>
/// <param name="Country">ISO 3166-1, two letters.</param>
internal sealed record Seller(string LegalName, string Address, string Country, string? TaxId);

internal sealed record UserResponse(
    string UserId, string Email, string? Phone, string? Name, IReadOnlyList<string> Roles, DateTimeOffset CreatedAt, bool EmailProven)
{
    public static UserResponse From(User user) => new(user.UserId, user.Email, user.Phone, user.Name, user.Roles, user.CreatedAt, user.IsEmailProven);
}
