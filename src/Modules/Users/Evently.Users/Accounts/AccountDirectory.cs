using System.Collections.Concurrent;
using Evently.Shared.Http;

namespace Evently.Users.Accounts;

/// <summary>
/// What a token is compared with: read once a second and account at most, however many calls come with it, so that on every instance a change counts
/// within that second.
/// </summary>
internal sealed class AccountDirectory(UserStore users, TimeProvider time) : IAccountDirectory
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>Accounts remembered at a time, some 10 MB; what is forgotten costs a read.</summary>
    private const int MostRemembered = 50_000;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public async ValueTask<AccountFact?> FindAsync(string userId, bool fresh, CancellationToken cancellationToken)
    {
        if (!fresh && _entries.TryGetValue(userId, out var entry) && time.GetElapsedTime(entry.ReadAt) < Limit)
            return await entry.Reading.WaitAsync(cancellationToken);
        if (_entries.Count >= MostRemembered)
            _entries.Clear();

        // Registered before it is awaited: callers of the same moment share the read, and no one caller's going away ends it.
        var reading = new Entry(time.GetTimestamp(), ReadAsync(userId));
        _entries[userId] = reading;
        try
        {
            return await reading.Reading.WaitAsync(cancellationToken);
        }
        catch
        {
            _entries.TryRemove(KeyValuePair.Create(userId, reading));
            throw;
        }
    }

    /// <summary>This instance made a change itself.</summary>
    public void Forget(string userId) => _entries.TryRemove(userId, out _);

    private async Task<AccountFact?> ReadAsync(string userId) =>
        await users.FindAsync(userId, CancellationToken.None) is { } user ? new AccountFact(user.TokenVersion, user.Roles, user.CountedAs) : null;

    private sealed record Entry(long ReadAt, Task<AccountFact?> Reading);
}
