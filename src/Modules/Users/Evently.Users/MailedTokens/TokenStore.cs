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
        Problems.BadRequest("token_invalid", "This link is not valid any more: it works once, within 30 minutes. Ask for another one.");

    /// <summary>The account that the token is for; null for a token that does not count (any more), or was mailed before the password changed.</summary>
    public async ValueTask<User?> FindUserAsync(string? secret, TokenMailKind kind, CancellationToken cancellationToken) =>
        (await FindAsync(secret, kind, cancellationToken))?.User;

    /// <summary>Whether the request is the repeat of one that redeemed the token and was not answered.</summary>
    public async ValueTask<bool> IsRedeemedByAsync(string? secret, RequestIdentity request, CancellationToken cancellationToken) =>
        request.IsRepeat && (await ReadAsync(secret, cancellationToken))?.Token.RedeemedBy == request.Id.ToString();

    /// <summary>Redeems the token and changes its account in one transaction.</summary>
    /// <param name="change">Pure; called once an attempt.</param>
    /// <returns>Null: done. Else the answer.</returns>
    public async ValueTask<ProblemResult?> RedeemAsync(string? secret, TokenMailKind kind, RequestIdentity request, Func<User, User> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await FindAsync(secret, kind, cancellationToken) is not var (token, user))
                return Invalid;
            if (!await users.TrySaveAsync(user, change(user), [token.Redeem(request.Id)], cancellationToken))
                continue;
            directory.Changed(user.UserId);
            return null;
        }

        return AccountEditor.Changed;
    }

    private async ValueTask<(MailedToken Token, User User)?> FindAsync(string? secret, TokenMailKind kind, CancellationToken cancellationToken)
    {
        if (await ReadAsync(secret, cancellationToken) is not var (token, item)
            || token.RedeemedBy is not null
            || item["kind"].String != kind.ToString()
            || time.GetUtcNow().ToUnixTimeMilliseconds() >= item["expires_at"].Number)
        {
            return null;
        }

        return await users.FindAsync(token.UserId, cancellationToken) is { } user && user.TokenVersion == token.TokenVersion ? (token, user) : null;
    }

    private async ValueTask<(MailedToken Token, Item Item)?> ReadAsync(string? secret, CancellationToken cancellationToken) =>
        !string.IsNullOrEmpty(secret)
        && secret.Length <= MaxLength
        && await table.GetAsync(MailedToken.KeyOf(secret), Consistency.Strong, cancellationToken) is { } item
            ? (MailedToken.Read(item), item)
            : null;
}
