using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using Evently.Shared.Messaging;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace Evently.Seams.Tests;

/// <summary>
/// Walks every call that changes something, and every consumer that hears of it: at each of their calls of table or queue in turn the process is killed, the client hangs up, or the process is
/// stopped with every token cancelled; before the call reaches the store, and after it. Then another process takes over, the client asks again, time passes, and everything must be right.
/// </summary>
/// <remarks>
/// A run takes some calls of each, spread over all of them. <c>EVENTLY_SEAMS=each</c> takes every call and one blow at it, in turns (a quarter of an hour), <c>all</c> every blow at every call.
/// </remarks>
public sealed class WalkTests(WalkTests.Start start) : IClassFixture<WalkTests.Start>
{
    /// <summary>Longer than the longest hold, protection and settlement.</summary>
    private static readonly (TimeSpan Time, TimeSpan Step)[] Rest =
        [(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2)), (TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(20)), (TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(3))];

    /// <summary>Calls that a run takes of each scenario.</summary>
    private const int Sample = 3;

    private static readonly (Blow Blow, bool After)[] Blows = [(Blow.Kill, false), (Blow.HangUp, true), (Blow.Kill, true), (Blow.Stop, false), (Blow.Stop, true), (Blow.HangUp, false)];

    public static TheoryData<string> Names => [.. Scenarios.All.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Whatever_happens_at_any_call_everything_is_right_in_the_end(string name)
    {
        var scenario = Scenarios.All.Single(scenario => scenario.Name == name);
        var clean = new[] { await start.RunCleanAsync(scenario, isMetered: false), await start.RunCleanAsync(scenario, isMetered: true) };
        var town = start.Town;
        var calls = clean.Max(kind => kind.Calls);
        Assert.InRange(calls, 1, 2_000);

        var failures = new List<string>();
        var runs = 0;
        foreach (var (call, after, blow) in Plan(calls, name.Length).Where(run => run.Blow != Blow.HangUp || clean[0].Request is not null))
        {
            var (ground, request, _) = clean[++runs % 2];
            try
            {
                // A run may make fewer calls than the clean one did, which may have been busy for longer.
                for (var at = call; await RunAsync(scenario, ground.Copy(), town, request, at, after, blow) is { } made; at = made)
                    Assert.True(made > 0, "It calls nothing.");
            }
            catch (Exception exception)
            {
                failures.Add($"{blow} {(after ? "after" : "before")} call {call} of {calls}: {exception}");
            }
        }

        Assert.True(failures.Count == 0, $"{name}, {failures.Count} of {runs}:\n" + string.Join("\n\n", failures.Take(5)));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {calls} calls, {runs} runs"));
    }

    [Fact]
    public async Task Every_call_that_changes_something_and_every_subscription_is_walked()
    {
        await using var process = new EventlyProcess(start.Ground.Copy(), Seam.Quiet());
        var document = OpenApiDocument.Parse((await process.GetTextAsync("/openapi/v1.json")), "json").Document!;
        var changing = document.Paths.SelectMany(path => path.Value.Operations!).Where(operation => operation.Key != HttpMethod.Get).Select(operation => operation.Value.OperationId!);
        Assert.Equal(changing.Order(), Scenarios.All.Select(scenario => scenario.Operation).OfType<string>().Distinct().Order());

        foreach (var scenario in Scenarios.All)
            await start.RunCleanAsync(scenario, isMetered: true);

        var types = Directory.GetFiles(AppContext.BaseDirectory, "Evently.*.dll").Select(file => Assembly.Load(Path.GetFileNameWithoutExtension(file))).SelectMany(assembly => assembly.GetTypes())
            .Where(type => !type.ContainsGenericParameters && type is { IsClass: true, IsAbstract: false });
        var subscriptions = process.SubscriptionsOf(types);
        Assert.True(subscriptions.Count > 20, $"Only {subscriptions.Count} subscriptions were found.");
        Assert.Empty(subscriptions.Except(start.Handled.Keys));
    }

    /// <param name="turn">With which blow it begins.</param>
    private static IEnumerable<(int Call, bool After, Blow Blow)> Plan(int calls, int turn)
    {
        var extent = Environment.GetEnvironmentVariable("EVENTLY_SEAMS");
        var every = Enumerable.Range(1, calls);
        if (extent == "all")
            return from call in every from blow in Blows select (call, blow.After, blow.Blow);
        if (extent != "each")
            every = Enumerable.Range(0, Math.Min(Sample, calls)).Select(part => 1 + ((((2 * part) + 1) * calls) / (2 * Math.Min(Sample, calls))));
        return every.Where(call => call <= calls).Select((call, index) => (call, Blows[(index + turn) % Blows.Length].After, Blows[(index + turn) % Blows.Length].Blow));
    }

    private static async Task ComeToRestAsync(EventlyProcess process)
    {
        foreach (var (time, step) in Rest)
            await process.PassAsync(time, step);
    }

    /// <returns>Null when the blow fell; otherwise how many calls there were.</returns>
    private static async Task<int?> RunAsync(Scenario scenario, Ground ground, Town town, SeamRequest? request, int call, bool after, Blow blow)
    {
        using var client = new CancellationTokenSource();
        EventlyProcess? first = null;
        var seam = Seam.At(call, after, blow switch
        {
            Blow.Kill => null,
            Blow.HangUp => client.Cancel,
            _ => () => first!.Stop(),
        });
        SeamAnswer? answer = null;
        first = new EventlyProcess(ground, seam);
        await using (first)
        {
            seam.Arm();
            if (request is not null)
                answer = await first.SendAsync(request, client.Token);
            else
                await first.PassAsync(TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(20));
            if (!seam.HasStruck)
                return seam.Count;
            if (blow == Blow.HangUp)
                await FinishAsync(first, scenario, town, request, answer);
        }

        if (blow == Blow.HangUp)
            return null;
        await using var second = new EventlyProcess(ground, Seam.Quiet());
        await FinishAsync(second, scenario, town, request, answer);
        return null;
    }

    private static async Task FinishAsync(EventlyProcess process, Scenario scenario, Town town, SeamRequest? request, SeamAnswer? answer)
    {
        if (request is not null && answer is not { Status: < 500 })
            (await process.AskAsync(request)).Is([.. scenario.Answers, .. scenario.Repeated ?? []]);
        else
            answer?.Is([.. scenario.Answers, .. scenario.Repeated ?? [], 202]);
        await ComeToRestAsync(process);
        await Invariants.HoldAsync(process, town);
        if (scenario.Then is not null)
            await scenario.Then(process, town);
    }

    /// <summary>The town, built once.</summary>
    public sealed class Start : IAsyncLifetime
    {
        private readonly string _directory = Directory.CreateTempSubdirectory("evently-seams-").FullName;
        private readonly Dictionary<(string Name, bool IsMetered), (Ground Ground, SeamRequest? Request, int Calls)> _clean = [];
        private Town? _town;

        internal Ground Ground { get; private set; } = null!;

        internal Town Town => _town!;

        /// <summary>What consumers were seen to handle.</summary>
        internal ConcurrentDictionary<(string Queue, string Type), bool> Handled { get; } = new();

        /// <summary>What the scenario starts from, and how many calls it makes when nothing happens to it. Run once.</summary>
        /// <param name="isMetered">Whether writes are paid, and so in which of two ways some things are done.</param>
        internal async Task<(Ground Ground, SeamRequest? Request, int Calls)> RunCleanAsync(Scenario scenario, bool isMetered)
        {
            if (_clean.TryGetValue((scenario.Name, isMetered), out var known))
                return known;
            var (ground, request) = await PrepareAsync(scenario, isMetered);
            var seam = Seam.Quiet();
            await using var process = new EventlyProcess(ground.Copy(), seam, Handled);
            seam.Arm();
            if (request is not null)
                (await process.AskAsync(request)).Is(scenario.Answers);
            else
                await process.PassAsync(TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(20));
            var calls = seam.Count;
            await ComeToRestAsync(process);
            await Invariants.HoldAsync(process, Town);
            if (scenario.Then is not null)
                await scenario.Then(process, Town);
            return _clean[(scenario.Name, isMetered)] = (ground, request, calls);
        }

        private async Task<(Ground Ground, SeamRequest? Request)> PrepareAsync(Scenario scenario, bool isMetered)
        {
            var ground = Ground.Copy(isMetered);
            await using var process = new EventlyProcess(ground, Seam.Quiet());
            var request = await scenario.Prepare(process, Town);
            await process.LeaveAsync();
            Assert.All(await process.Get<QueueDirectory>().ListAsync(TestContext.Current.CancellationToken), queue => Assert.Equal((0, 0), (queue.Figures.Depth, queue.Figures.InFlight)));
            return (ground, request);
        }

        public async ValueTask InitializeAsync()
        {
            Ground = Ground.Fresh(_directory);
            await using var process = new EventlyProcess(Ground, Seam.Quiet());
            _town = await Town.BuildAsync(process);
            await process.LeaveAsync();
        }

        public ValueTask DisposeAsync()
        {
            Directory.Delete(_directory, recursive: true);
            return ValueTask.CompletedTask;
        }
    }
}
