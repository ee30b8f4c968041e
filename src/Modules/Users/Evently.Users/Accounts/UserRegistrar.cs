using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Users.Contracts;

namespace Evently.Users.Accounts;

/// <summary>Adds an account and its claim on the e-mail address in one transaction, and tells the other modules.</summary>
internal sealed class UserRegistrar(UnitOfWork<UsersModule> work, IdGenerator ids, TimeProvider time)
{
    /// <summary>Null when the address is taken.</summary>
    public async ValueTask<User?> RegisterAsync(
        string email, string phone, string? name, string passwordHash, IReadOnlyList<string> roles, CancellationToken cancellationToken)
    {
        var user = new User(
            ids.Next(UsersModule.IdPrefix),
            email.Trim(),
            phone,
            name?.Trim(),
            passwordHash,
            User.Canonical(roles),
            DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds()),
            Version: 1);
        var claim = new Dictionary<string, Value> { ["user_id"] = user.UserId };
        work.Add(Write.Put(Keys.Email(AccountRules.NormalizeEmail(email)), claim, Condition.ItemAbsent));
        work.Add(Write.Put(Keys.User(user.UserId), user.ToAttributes(), Condition.ItemAbsent));
        if (user.Roles.Contains(Roles.Admin))
            work.Add(Write.Update(Keys.Admins, [Change.Add("count", 1)], Condition.Always));
        work.Publish(new UserRegistered(user.UserId, user.CreatedAt), user.UserId);
        var result = await work.CommitAsync(cancellationToken);
        return result.Applied ? user : null;
    }
}
