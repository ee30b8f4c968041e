using System.Collections.Concurrent;

namespace Evently.Api.Cloud.Tests.Faults;

/// <summary>Passes calls of one service on and counts them; while faults are on, does one to a share of them, from a seed.</summary>
internal abstract class AwsFaults
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _done = new(StringComparer.Ordinal);
    private Random _random = new(0);
    private double _share;
    private volatile bool _cut;

    /// <summary>Calls by operation, since the count was last begun anew.</summary>
    public IReadOnlyDictionary<string, int> Calls => _calls;

    /// <summary>How often each fault was done.</summary>
    public IReadOnlyDictionary<string, int> Done => _done;

    public virtual void CountAnew()
    {
        _calls.Clear();
        _done.Clear();
    }

    /// <param name="share">Of the calls, 0 to 1.</param>
    public void Begin(double share, int seed)
    {
        CountAnew();
        lock (_gate)
            (_share, _random) = (share, new Random(seed));
    }

    /// <summary>No call reaches the service any more.</summary>
    public void CutOff() => _cut = true;

    public void End()
    {
        lock (_gate)
            _share = 0;
        _cut = false;
    }

    /// <returns>Null: the connection breaks.</returns>
    public async Task<AwsAnswer?> AnswerAsync(AwsCall call, Func<AwsCall, Task<AwsAnswer>> forward)
    {
        _calls.AddOrUpdate(call.Operation, 1, (_, count) => count + 1);
        Seen(call);
        if (_cut)
            return null;
        if (Choose(Of(call.Operation)) is not { } fault)
            return await forward(call);
        _done.AddOrUpdate(fault.Name, 1, (_, count) => count + 1);
        return await fault.Do(call, forward);
    }

    /// <summary>The faults that AWS can do to this operation; none of them to those that only set up.</summary>
    protected abstract IReadOnlyList<Fault> Of(string operation);

    protected virtual void Seen(AwsCall call)
    {
    }

    protected int Next(int below)
    {
        lock (_gate)
            return _random.Next(below);
    }

    protected void Shuffle<T>(T[] items)
    {
        lock (_gate)
            _random.Shuffle(items);
    }

    /// <summary>The service did what was asked, and nobody hears of it.</summary>
    protected static async Task<AwsAnswer?> LoseAnswerAsync(AwsCall call, Func<AwsCall, Task<AwsAnswer>> forward)
    {
        await forward(call);
        return null;
    }

    /// <summary>The connection breaks before the service has the request.</summary>
    protected static Task<AwsAnswer?> LoseRequestAsync(AwsCall call, Func<AwsCall, Task<AwsAnswer>> forward) => Task.FromResult<AwsAnswer?>(null);

    private Fault? Choose(IReadOnlyList<Fault> faults)
    {
        lock (_gate)
            return faults.Count > 0 && _random.NextDouble() < _share ? faults[_random.Next(faults.Count)] : null;
    }

    protected sealed record Fault(string Name, Func<AwsCall, Func<AwsCall, Task<AwsAnswer>>, Task<AwsAnswer?>> Do)
    {
        /// <summary>Refused: nothing reaches the service.</summary>
        public static Fault Refusal(string type, int status = 400, Action<AwsCall, System.Text.Json.Nodes.JsonObject>? more = null) => new(
            type[(type.LastIndexOf('#') + 1)..],
            (call, _) => Task.FromResult<AwsAnswer?>(AwsAnswer.Error(call, type, "Injected.", status, body => more?.Invoke(call, body))));
    }
}
