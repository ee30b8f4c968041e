using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Users.Accounts;

/// <summary>Reads of accounts, strongly consistent.</summary>
internal sealed class UserStore(ModuleTable<UsersModule> table)
{
    /// <summary>Also for an account that the caller may not see.</summary>
    public static readonly ProblemResult NotFound = Problems.NotFound("user_not_found", "There is no such user.");

    public async ValueTask<User?> FindAsync(string userId, CancellationToken cancellationToken)
    {
        if (!PrefixedId.TryParse(userId, UsersModule.IdPrefix, out _))
            return null;
        var item = await table.GetAsync(Keys.User(userId), Consistency.Strong, cancellationToken);
        return item is null ? null : User.Read(userId, item);
    }

    /// <param name="email">Normalized.</param>
    public async ValueTask<User?> FindByEmailAsync(string email, CancellationToken cancellationToken)
    {
        var claim = await table.GetAsync(Keys.Email(email), Consistency.Strong, cancellationToken);
        return claim is null ? null : await FindAsync(claim["user_id"].String, cancellationToken);
    }

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
