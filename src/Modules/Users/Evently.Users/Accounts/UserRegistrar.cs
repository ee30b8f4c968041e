using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Users.Contracts;

namespace Evently.Users.Accounts;

/// <summary>Adds accounts and guests, and tells the other modules.</summary>
internal sealed class UserRegistrar(UnitOfWork<UsersModule> work, TimeProvider time)
{
    /// <summary>Adds an account and its claim on the e-mail address in one transaction. Null when the address is taken.</summary>
    public async ValueTask<User?> RegisterAsync(
        Ulid id, string email, string phone, string? name, string passwordHash, IReadOnlyList<string> roles, CancellationToken cancellationToken)
    {
        var user = Make(id, email, phone, name, passwordHash, User.Canonical(roles));
        var claim = new Dictionary<string, Value> { ["user_id"] = user.UserId };
        work.Add(Write.Put(Keys.Email(AccountRules.NormalizeEmail(email)), claim, Condition.ItemAbsent));
        if (user.Roles.Contains(Roles.Admin))
            work.Add(Write.Update(Keys.Admins, [Change.Add("count", 1)], Condition.Always));
        return await AddAsync(user, cancellationToken) ? user : null;
    }

    /// <summary>Adds a guest. An address may have any number of them, beside an account: nobody has shown to read mail to it.</summary>
    public async ValueTask<User> RegisterGuestAsync(Ulid id, string email, string? phone, string? name, CancellationToken cancellationToken)
    {
        var guest = Make(id, email, phone, name, "", [Roles.Guest]);
        return await AddAsync(guest, cancellationToken) ? guest : throw new InvalidOperationException($"The id {guest.UserId} was there already.");
    }

    private User Make(Ulid id, string email, string? phone, string? name, string passwordHash, IReadOnlyList<string> roles) => new(
        PrefixedId.Format(UsersModule.IdPrefix, id),
        email.Trim(),
        phone,
        name?.Trim(),
        passwordHash,
        roles,
        DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds()),
        Version: 1);

    private async ValueTask<bool> AddAsync(User user, CancellationToken cancellationToken)
    {
        work.Add(Write.Put(Keys.User(user.UserId), user.ToAttributes(), Condition.ItemAbsent));
        work.Publish(new UserRegistered(user.UserId, user.CreatedAt, user.CountedAs), user.UserId);
        return (await work.CommitAsync(cancellationToken)).Applied;
    }
}
