using Evently.Mail.Contracts;
using Evently.Shared.Http;
using Evently.Shared.Storage;
using Evently.Users.Accounts;

namespace Evently.Users.MailedTokens;

/// <summary>Redeems mailed tokens.</summary>
internal sealed class TokenStore(ModuleTable<UsersModule> table, UserStore users, AccountDirectory directory, TimeProvider time)
{
    private const int Attempts = 5;

    /// <summary>Whatever is not one of our tokens is not looked up.</summary>
    private const int MaxLength = 100;

    public static readonly ProblemResult Invalid =
        Problems.BadRequest("token_invalid", "This link is not valid any more: it works once, for 30 minutes, and the newest counts. Ask for another one.");

    /// <summary>Null for a token that does not count (any more).</summary>
    public async ValueTask<MailedToken?> FindAsync(string? secret, TokenMailKind kind, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(secret) || secret.Length > MaxLength)
            return null;
        var key = MailedToken.KeyOf(secret);
        var item = await table.GetAsync(key, Consistency.Strong, cancellationToken);
        return item is not null && item["kind"].String == kind.ToString() && time.GetUtcNow().ToUnixTimeMilliseconds() < item["expires_at"].Number
            ? new MailedToken(key, item["user_id"].String, (int)item["token_version"].Number)
            : null;
    }

    /// <summary>The account that the token is for; null when there is none any more, or its password changed after the mail.</summary>
    public async ValueTask<User?> FindUserAsync(MailedToken token, CancellationToken cancellationToken) =>
        await users.FindAsync(token.UserId, cancellationToken) is { } user && user.TokenVersion == token.TokenVersion ? user : null;

    /// <summary>Redeems the token and changes its account in one transaction.</summary>
    /// <param name="change">Pure; called once an attempt.</param>
    /// <returns>Null: done. Else the answer.</returns>
    public async ValueTask<ProblemResult?> RedeemAsync(string? secret, TokenMailKind kind, Func<User, User> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await FindAsync(secret, kind, cancellationToken) is not { } token || await FindUserAsync(token, cancellationToken) is not { } user)
                return Invalid;
            if (!await users.TrySaveAsync(user, change(user), [token.Redeem()], cancellationToken))
                continue;
            directory.Forget(user.UserId);
            return null;
        }

        return AccountEditor.Changed;
    }
}
