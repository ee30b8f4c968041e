using System.Collections.Concurrent;
using Evently.Shared.Http;
using Evently.Shared.Storage;

namespace Evently.Users.Accounts;

/// <summary>
/// What a token is compared with: a copy of the account that is used for some seconds, but never past a change that <see cref="AccountChanges"/> tells of. So
/// a change counts on every instance within a second, however seldom accounts are read.
/// </summary>
internal sealed class AccountDirectory(UserStore users, AccountChanges changes, TimeProvider time) : IAccountDirectory
{
    /// <summary>Then a copy is read again, for the sake of versions before, which tell of no change: what they do counts here after this time.</summary>
    public static readonly TimeSpan OldestCopy = TimeSpan.FromSeconds(10);

    /// <summary>An account that is made is no change of one.</summary>
    private static readonly TimeSpan LongestAbsence = TimeSpan.FromSeconds(1);

    /// <summary>Accounts remembered at a time, some 10 MB; what is forgotten costs a read.</summary>
    private const int MostRemembered = 50_000;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public async ValueTask<AccountFact?> FindAsync(string userId, bool fresh, CancellationToken cancellationToken)
    {
        if (fresh || await changes.LatestAsync(cancellationToken) is not { } latest)
            return (await AwaitAsync(userId, Begin(userId, Consistency.Strong), cancellationToken)).Fact;
        var version = latest.GetValueOrDefault(userId);
        if (!_entries.TryGetValue(userId, out var entry) || time.GetElapsedTime(entry.ReadAt) >= OldestCopy)
            entry = Begin(userId, Consistency.Eventual);
        var copy = await AwaitAsync(userId, entry, cancellationToken);
        if (copy.Fact is null ? time.GetElapsedTime(entry.ReadAt) >= LongestAbsence : copy.Version < version)
            copy = await AwaitAsync(userId, Begin(userId, Consistency.Strong), cancellationToken);
        return copy.Fact;
    }

    /// <summary>This instance made a change itself: here it counts at once.</summary>
    public void Changed(string userId) => Begin(userId, Consistency.Strong);

    /// <summary>Registered before it is awaited: callers of the same moment share the read, and no one caller's going away ends it.</summary>
    private Entry Begin(string userId, Consistency consistency)
    {
        if (_entries.Count >= MostRemembered)
            _entries.Clear();
        return _entries[userId] = new Entry(time.GetTimestamp(), ReadAsync(userId, consistency));
    }

    private async ValueTask<Copy> AwaitAsync(string userId, Entry entry, CancellationToken cancellationToken)
    {
        try
        {
            return await entry.Reading.WaitAsync(cancellationToken);
        }
        catch
        {
            _entries.TryRemove(KeyValuePair.Create(userId, entry));
            throw;
        }
    }

    /// <summary>That there is none is not believed of a read that may lag: it may just have been made.</summary>
    private async Task<Copy> ReadAsync(string userId, Consistency consistency)
    {
        var user = await users.FindAsync(userId, consistency, CancellationToken.None);
        if (user is null && consistency == Consistency.Eventual)
            user = await users.FindAsync(userId, Consistency.Strong, CancellationToken.None);
        return user is null ? default : new Copy(user.Version, new AccountFact(user.TokenVersion, user.Roles, user.CountedAs));
    }

    /// <param name="ReadAt">A timestamp.</param>
    private sealed record Entry(long ReadAt, Task<Copy> Reading);

    /// <param name="Version">The account's.</param>
    /// <param name="Fact">Null: there is no such account (any more).</param>
    private readonly record struct Copy(int Version, AccountFact? Fact);
}
