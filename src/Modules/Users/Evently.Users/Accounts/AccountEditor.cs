using Evently.Shared.Http;
using Evently.Shared.Storage;

namespace Evently.Users.Accounts;

/// <summary>Changes an account: read, decide, save that version; again when somebody else was faster.</summary>
internal sealed class AccountEditor(UserStore users, AccountDirectory directory)
{
    private const int Attempts = 5;

    public static readonly ProblemResult Changed = Problems.Conflict("user_changed", "The account was changed by somebody else at the same time; try again.");

    /// <param name="decide">Pure; called once an attempt. Null: nothing to change.</param>
    /// <returns>Null when there is no such account, or not any more.</returns>
    public async ValueTask<(User? User, bool Conflict)> EditAsync(
        string userId, Func<User, User?> decide, IReadOnlyList<Write> also, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await users.FindAsync(userId, cancellationToken) is not { } user)
                return (null, false);
            if (decide(user) is not { } changed)
                return (user, false);
            if (!await users.TrySaveAsync(user, changed, also, cancellationToken))
                continue;
            directory.Changed(userId);
            return (changed with { Version = user.Version + 1 }, false);
        }

        return (null, true);
    }
}
