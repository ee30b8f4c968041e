using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Users.Accounts;

/// <summary>
/// Which accounts were lately changed in what a token is compared with: passwords, roles, erasure. Each such change writes a row in its own transaction, and an
/// instance that serves anybody reads the latest rows once a second for all accounts together.
/// </summary>
internal sealed class AccountChanges
{
    /// <summary>A change counts on every instance within this time.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How far back rows are read: as long as a copy of an account is used (<see cref="AccountDirectory.OldestCopy"/>), and room for clocks that differ, for
    /// commits that take their time and for reads that lag.
    /// </summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>Rows that are followed; some 130 bytes each. With more of them in a window nobody's copy is used.</summary>
    public const int MostFollowed = TableLimits.PageItems;

    private const string UserId = "user_id";
    private const string Version = "version";
    private static readonly TimeSpan Keep = TimeSpan.FromHours(1);

    private readonly ModuleTable<UsersModule> _table;
    private readonly IdGenerator _ids;
    private readonly TimeProvider _time;
    private readonly Freshness _freshness;
    private volatile IReadOnlyDictionary<string, int>? _latest;

    public AccountChanges(ModuleTable<UsersModule> table, IdGenerator ids, TimeProvider time)
    {
        (_table, _ids, _time) = (table, ids, time);
        _freshness = new Freshness(time, Limit, ReadAsync, isRead: false);
    }

    /// <summary>The row that tells of a change; never refused.</summary>
    /// <param name="version">The account's, after the change.</param>
    public Write Tell(string userId, int version) => Write.Put(
        Keys.AccountChange(_ids.Next()),
        new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            [UserId] = userId,
            [Version] = version,
            [WellKnown.TimeToLive] = (_time.GetUtcNow() + Keep).ToUnixTimeSeconds(),
        },
        Condition.Always);

    /// <summary>The changed accounts with their latest versions, complete but for the last second; null when they are too many to follow.</summary>
    public async ValueTask<IReadOnlyDictionary<string, int>?> LatestAsync(CancellationToken cancellationToken)
    {
        await _freshness.EnsureAsync(cancellationToken);
        return _latest;
    }

    private async Task ReadAsync()
    {
        var since = Keys.AccountChangesSince(_time.GetUtcNow() - Window);
        var page = await _table.QueryAsync(new Query(Keys.AccountChanges, since, Consistency.Strong, MostFollowed), CancellationToken.None);
        var latest = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var row in page.Items)
        {
            var (userId, version) = (row[UserId].String, (int)row[Version].Number);
            latest[userId] = Math.Max(version, latest.GetValueOrDefault(userId));
        }

        _latest = page.Next is null ? latest : null;
    }
}
