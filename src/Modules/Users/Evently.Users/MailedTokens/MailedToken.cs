using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Evently.Mail.Contracts;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Evently.Users.Accounts;

namespace Evently.Users.MailedTokens;

/// <summary>What is kept of a token that was mailed: its hash, never itself.</summary>
/// <param name="TokenVersion">Of the account at the time: a changed password ends the tokens that were mailed before.</param>
/// <param name="RedeemedBy">The request that redeemed it; null while it counts.</param>
internal sealed record MailedToken(ItemKey Key, string UserId, int TokenVersion, string? RedeemedBy)
{
    private const string RedeemedByName = "redeemed_by";

    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    private const int SecretBytes = 32;

    /// <summary>256 random bits, in 43 characters.</summary>
    public static string MakeSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));

    public static Write Save(string secret, TokenMailKind kind, User user, DateTimeOffset expiresAt) => Write.Put(
        KeyOf(secret),
        new Dictionary<string, Value>
        {
            ["kind"] = kind.ToString(),
            ["user_id"] = user.UserId,
            ["token_version"] = user.TokenVersion,
            ["expires_at"] = expiresAt.ToUnixTimeMilliseconds(),
            [WellKnown.TimeToLive] = expiresAt.ToUnixTimeSeconds(),
        },
        Condition.ItemAbsent);

    /// <summary>Redeems it, once: part of the transaction that does what it is for. By whom stays known until it expires, for a repeat of that request.</summary>
    public Write Redeem(Ulid request) => Write.Update(
        Key,
        [Change.Set(RedeemedByName, request.ToString())],
        Condition.All(Condition.Equal("user_id", UserId), Condition.Absent(RedeemedByName)));

    public static MailedToken Read(Item item) => new(
        item.Key, item["user_id"].String, (int)item["token_version"].Number, item.Has(RedeemedByName) ? item[RedeemedByName].String : null);

    public static ItemKey KeyOf(string secret) => Keys.MailedToken(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret))));
}
