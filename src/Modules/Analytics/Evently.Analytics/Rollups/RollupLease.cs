using System.Globalization;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Evently.Analytics.Rollups;

/// <summary>
/// Lets one of the instances roll up. It saves work and is not what keeps the timeline right: every move is guarded by the version of the
/// item that it moves from, so two instances that both believe to hold the lease still count nothing twice.
/// </summary>
internal sealed class RollupLease(ModuleTable<AnalyticsModule> table, TimeProvider time, IdGenerator ids, IOptions<AnalyticsOptions> options) : IHostedService
{
    private const string Owner = "owner";
    private const string Until = "until";

    /// <summary>Names the process to whoever reads the row; no two are the same.</summary>
    private readonly string _me = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}/{ids.Next()}");
    private readonly TimeSpan _duration = TimeSpan.FromSeconds(options.Value.RollupLeaseSeconds);
    private DateTimeOffset _mineUntil;

    /// <summary>Takes or renews the lease; false while it is somebody else's. Costs a write only when half of it has passed.</summary>
    public async ValueTask<bool> TryHoldAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_mineUntil - now > _duration / 2)
            return true;

        var kept = await table.GetAsync(Keys.RollupLease, Consistency.Eventual, cancellationToken);
        if (kept is not null && kept[Owner].String != _me && kept[Until].Number > now.UtcTicks)
            return false;

        var until = now + _duration;
        var taken = await table.WriteAsync(
            Write.Update(
                Keys.RollupLease,
                [Change.Set(Owner, _me), Change.Set(Until, until.UtcTicks)],
                Condition.Any(Condition.ItemAbsent, Condition.Equal(Owner, _me), Condition.Compare(Until, Comparison.LessOrEqual, now.UtcTicks))),
            cancellationToken);
        _mineUntil = taken.Applied ? until : DateTimeOffset.MinValue;
        return taken.Applied;
    }

    /// <summary>Hands the lease to whoever asks next, rather than let it run out.</summary>
    public async ValueTask ReleaseAsync(CancellationToken cancellationToken)
    {
        if (_mineUntil == DateTimeOffset.MinValue)
            return;
        _mineUntil = DateTimeOffset.MinValue;
        await table.WriteAsync(Write.Delete(Keys.RollupLease, Condition.Equal(Owner, _me)), cancellationToken);
    }

    Task IHostedService.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A lease that can't be handed over runs out by itself; a stop never fails for it.</summary>
    async Task IHostedService.StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReleaseAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is TableUnavailableException or OperationCanceledException)
        {
            // See above.
        }
    }
}
