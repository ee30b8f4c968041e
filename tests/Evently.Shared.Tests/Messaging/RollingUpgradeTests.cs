using System.Collections.Concurrent;
using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Evently.Shared.Storage;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Messaging;

/// <summary>Two versions beside each other: the newer has a message and a module that the older does not know.</summary>
public sealed class RollingUpgradeTests
{
    private const int Rounds = 60;

    /// <summary>A message that the older gets time and again by chance is put back for up to an hour.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(50);
    private static readonly string[] Queues = ["evently-counter", "evently-listener", "evently-witness"];
    private static readonly QueueFigures Empty = new(0, 0, null, 0);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly MemoryTableEngine _table;
    private readonly MemoryQueueTransport _queues;

    public RollingUpgradeTests()
    {
        _table = new MemoryTableEngine(_time);
        _queues = new MemoryQueueTransport(_time, new MemoryQueueFaults(seed: 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_message_of_the_newer_arrives_though_it_is_killed_at_random(int seed)
    {
        var random = new Random(seed);
        var published = new List<int>();
        await using var older = new MessagingBench(_time, _table, _queues, isOneOfMany: true);
        var newer = Newer();
        for (var round = 0; round < Rounds; round++)
        {
            published.Add(round);
            await newer.PublishAsAsync<NewerCounterModule>([new Renamed(round), new Announced(round)]);

            // How far the newer gets before it dies, or does not.
            if (random.Next(3) > 0)
                await newer.Counter.Relay.RunOnceAsync(CancellationToken.None);
            if (random.Next(3) > 0)
                await newer.Steps.RunOnceAsync(CancellationToken.None);
            if (random.Next(4) == 0)
            {
                // What it had received dies with it.
                await (await newer.CounterQueueAsync()).ReceiveAsync(3, TimeSpan.Zero, TimeSpan.FromSeconds(30), CancellationToken.None);
                await newer.DisposeAsync();
                newer = Newer();
            }

            await older.Steps.RunOnceAsync(CancellationToken.None);
            await older.Steps.SweepOutboxesAsync(CancellationToken.None);
            _time.Advance(TimeSpan.FromSeconds(random.Next(4)));
        }

        for (var end = _time.GetUtcNow() + Patience; _time.GetUtcNow() < end && !await IsQuietAsync(newer);)
        {
            // Who receives first is chance: what the older gets of the newer's messages it puts back.
            foreach (var bench in random.Next(2) == 0 ? new[] { older, newer } : [newer, older])
            {
                await bench.Steps.SweepOutboxesAsync(CancellationToken.None);
                await bench.Steps.RunOnceAsync(CancellationToken.None);
            }

            _time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.Equal(published, Renamings.By(_table, "Counter"));
        Assert.Equal(published, Renamings.By(_table, "Witness"));
        Assert.DoesNotContain(older.Log.Lines, line => line.Contains("dead letter", StringComparison.Ordinal));
        foreach (var queue in Queues)
            Assert.Equal(Empty, await (await _queues.OpenAsync(queue, CancellationToken.None)).FiguresAsync(CancellationToken.None));
        Assert.Equal(0, (await newer.Counter.Sweeper.MeasureAsync(CancellationToken.None)).Depth);
        await newer.DisposeAsync();
    }

    private async Task<bool> IsQuietAsync(MessagingBench newer)
    {
        foreach (var queue in Queues)
        {
            if (await (await _queues.OpenAsync(queue, CancellationToken.None)).FiguresAsync(CancellationToken.None) != Empty)
                return false;
        }

        return (await newer.Counter.Sweeper.MeasureAsync(CancellationToken.None)).Depth == 0;
    }

    private MessagingBench Newer() => new(
        _time, _table, _queues, isOneOfMany: true, modules: registry => registry.Add<NewerCounterModule>().Add<ListenerModule>().Add<WitnessModule>());
}

/// <summary>Known to the newer version only.</summary>
public sealed record Renamed(int Number);

/// <summary>The counter's module of the newer version.</summary>
public sealed class NewerCounterModule : IModule
{
    public static string Name => CounterModule.Name;

    public static string KeyPrefix => CounterModule.KeyPrefix;

    public IReadOnlyList<Type> Endpoints => [];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
    }

    public void AddMessaging(ModuleBusConfigurator bus)
    {
        bus.Consumer<AnnouncementConsumer<NewerCounterModule>>();
        bus.Consumer<RenamedConsumer<NewerCounterModule>>();
    }
}

/// <summary>A module that the newer version adds.</summary>
public sealed class WitnessModule : IModule
{
    public static string Name => "Witness";

    public static string KeyPrefix => "WITNESS#";

    public IReadOnlyList<Type> Endpoints => [];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
    }

    public void AddMessaging(ModuleBusConfigurator bus) => bus.Consumer<RenamedConsumer<WitnessModule>>();
}

internal sealed class RenamedConsumer<TModule>(ITableEngine table) : IConsumer<Renamed>
    where TModule : IModule
{
    public Task Consume(ConsumeContext<Renamed> context)
    {
        Renamings.Add(table, TModule.Name, context.Message.Number);
        return Task.CompletedTask;
    }
}

/// <summary>What was heard by all processes on a table, the killed ones included.</summary>
internal static class Renamings
{
    private static readonly ConcurrentDictionary<(ITableEngine Table, string Module, int Number), byte> Heard = new();

    public static void Add(ITableEngine table, string module, int number) => Heard[(table, module, number)] = 0;

    public static IEnumerable<int> By(ITableEngine table, string module) =>
        Heard.Keys.Where(heard => heard.Table == table && heard.Module == module).Select(heard => heard.Number).Order();
}
