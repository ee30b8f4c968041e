using Evently.Shared.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Http;

/// <summary>
/// Notices that an instance on the same table signs with a key that is not accepted here: its users would be signed out at every other request. Each instance leaves the
/// id of its key (never the key) in the table and looks at what the others left.
/// </summary>
public sealed partial class KeyAgreement(ITableEngine engine, SigningKeys keys, TimeProvider time, ILogger<KeyAgreement> logger) : BackgroundService
{
    public const string Partition = KeyPrefix + "SIGNING";
    private const string KeyPrefix = "HTTP#";
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    /// <summary>How long the id of a key that is signed with no more is still a warning.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(30);

    private readonly ModuleTable _table = new(engine, KeyPrefix);

    /// <summary>Ids of keys that others sign with and that are not accepted here.</summary>
    public IReadOnlyList<string> Foreign { get; private set; } = [];

    public async Task CompareOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await _table.WriteAsync(
            Write.Put(
                new ItemKey(Partition, keys.Current.Id),
                new Dictionary<string, Value> { [WellKnown.TimeToLive] = (now + Kept).ToUnixTimeSeconds() },
                Condition.Always),
            cancellationToken);
        var page = await _table.QueryAsync(new Query(Partition, SortRange.All, Consistency.Strong, TableLimits.PageItems), cancellationToken);
        Foreign = [.. page.Items
            .Where(item => item[WellKnown.TimeToLive].Number > now.ToUnixTimeSeconds() && keys.All.All(key => key.Id != item.Key.Sort))
            .Select(item => item.Key.Sort)];
        if (Foreign.Count > 0)
            Log.Foreign(logger, string.Join(", ", Foreign), keys.Current.Id);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await CompareOnceAsync(stoppingToken);
            }
            catch (TableUnavailableException exception)
            {
                Log.NotCompared(logger, exception);
            }

            await Task.Delay(Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Error,
            Message = "An instance on this table signs with the key {Foreign}, which is not accepted here (this one signs with {Own}): set the same Evently:Auth:SigningKey everywhere, or name the other in Evently:Auth:AcceptedSigningKeys")]
        public static partial void Foreign(ILogger logger, string foreign, string own);

        [LoggerMessage(Level = LogLevel.Information, Message = "The signing keys of the instances could not be compared; tried again later")]
        public static partial void NotCompared(ILogger logger, Exception exception);
    }
}
