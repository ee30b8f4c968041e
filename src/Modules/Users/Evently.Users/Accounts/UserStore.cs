using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Users.Accounts;

/// <summary>Reads of accounts, strongly consistent unless asked for otherwise, and the save of a changed one.</summary>
internal sealed class UserStore(ModuleTable<UsersModule> table, AccountChanges changes)
{
    /// <summary>Also for an account that the caller may not see.</summary>
    public static readonly ProblemResult NotFound = Problems.NotFound("user_not_found", "There is no such user.");

    public ValueTask<User?> FindAsync(string userId, CancellationToken cancellationToken) => FindAsync(userId, Consistency.Strong, cancellationToken);

    public async ValueTask<User?> FindAsync(string userId, Consistency consistency, CancellationToken cancellationToken)
    {
        if (!PrefixedId.TryParse(userId, UsersModule.IdPrefix, out _))
            return null;
        var item = await table.GetAsync(Keys.User(userId), consistency, cancellationToken);
        return item is null || item.Has(Erased) ? null : User.Read(userId, item);
    }

    /// <summary>Saves an account over the one that was read. False when it was changed meanwhile.</summary>
    /// <param name="also">Further writes of the same transaction.</param>
    public async ValueTask<bool> TrySaveAsync(User before, User after, IReadOnlyList<Write> also, CancellationToken cancellationToken)
    {
        var save = Write.Put(
            Keys.User(before.UserId), (after with { Version = before.Version + 1 }).ToAttributes(), Condition.Equal("version", before.Version));
        List<Write> writes = [save, .. also];
        if (!after.CountsAs(before))
            writes.Add(changes.Tell(before.UserId, before.Version + 1));
        return writes is [var single]
            ? (await table.WriteAsync(single, cancellationToken)).Applied
            : (await table.TransactAsync(writes, cancellationToken)).Applied;
    }

    /// <param name="email">Normalized.</param>
    /// <param name="former">As an account of an earlier version may have claimed it.</param>
    public async ValueTask<User?> FindByEmailAsync(string email, string former, CancellationToken cancellationToken)
    {
        var claim = await table.GetAsync(Keys.Email(email), Consistency.Strong, cancellationToken);
        if (claim is null && former != email)
            claim = await table.GetAsync(Keys.Email(former), Consistency.Strong, cancellationToken);
        return claim is null ? null : await FindAsync(claim["user_id"].String, cancellationToken);
    }

    /// <summary>Marks what is left of an erased account: its id, so that nothing is ever made under it again.</summary>
    public const string Erased = "erased_at";

    public async ValueTask<bool> AnyAdminAsync(CancellationToken cancellationToken)
    {
        var admins = await table.GetAsync(Keys.Admins, Consistency.Strong, cancellationToken);
        return admins is not null && admins["count"].Number > 0;
    }

    /// <summary>Replaces a password's hash by one of the current strength, unless the account changed meanwhile.</summary>
    public async ValueTask RefreshPasswordHashAsync(User user, string passwordHash, CancellationToken cancellationToken) => await table.WriteAsync(
        Write.Update(Keys.User(user.UserId), [Change.Set("password_hash", passwordHash)], Condition.Equal("password_hash", user.PasswordHash)),
        cancellationToken);
}
