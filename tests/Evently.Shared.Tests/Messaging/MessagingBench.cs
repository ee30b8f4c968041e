using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Messaging.Sagas;
using Evently.Shared.Modules;
using Evently.Shared.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Messaging;

/// <summary>
/// One process with the test modules. Give two of them the same table and transport to have one that was restarted, or, each being one of many, two instances.
/// </summary>
internal sealed class MessagingBench : IAsyncDisposable
{
    /// <summary>Real time: how long a step may be quiet before it is taken to wait for the clock.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(20);

    private readonly ServiceProvider _services;
    private readonly List<IHostedService> _started = [];

    public MessagingBench(
        TimeProvider? time = null,
        ITableEngine? table = null,
        IQueueTransport? transport = null,
        IReadOnlyDictionary<string, string?>? settings = null,
        bool isOneOfMany = false,
        Action<ModuleRegistry>? modules = null)
    {
        Time = time ?? TimeProvider.System;
        Table = table ?? new MemoryTableEngine(Time);
        Transport = transport ?? new MemoryQueueTransport(Time, new MemoryQueueFaults(seed: 1));
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(Log));
        services.AddSingleton(Time);
        services.AddSingleton(Table);
        services.AddSingleton(Transport);
        services.AddSingleton<FaultSwitch>();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings ?? new Dictionary<string, string?>())
            .Build();
        if (isOneOfMany)
            services.Configure<StorageOptions>(storage => storage.Engine = StorageOptions.DynamoDb);
        services.AddEventlyModules(configuration, modules ?? (registry => registry.Add<CounterModule>().Add<ListenerModule>()));
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true });
    }

    public CapturedLog Log { get; } = new();

    public TimeProvider Time { get; }

    public ITableEngine Table { get; }

    public IQueueTransport Transport { get; }

    public IServiceProvider Services => _services;

    public FaultSwitch Faults => Get<FaultSwitch>();

    public Heard Heard => Get<Heard>();

    public IdGenerator Ids => Get<IdGenerator>();

    public MessagingSteps Steps => new(_services);

    public LocalBus<CounterModule> Bus => Get<LocalBus<CounterModule>>();

    public SagaTable<CounterModule, CounterSaga> Sagas => Get<SagaTable<CounterModule, CounterSaga>>();

    public ModuleTable<CounterModule> CounterTable => Get<ModuleTable<CounterModule>>();

    public ModuleRuntime Counter => Get<ModuleRuntimes>().All[0];

    public ModuleRuntime Listener => Get<ModuleRuntimes>().All[1];

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public ValueTask<IQueue> CounterQueueAsync() => Transport.OpenAsync(Counter.Identity.QueueName, CancellationToken.None);

    /// <summary>Commits messages as an endpoint does.</summary>
    public Task PublishAsync(params IReadOnlyList<object> messages) => PublishAsAsync<CounterModule>(messages);

    public async Task PublishAsAsync<TModule>(IReadOnlyList<object> messages)
        where TModule : class, IModule
    {
        await using var scope = _services.CreateAsyncScope();
        var unit = scope.ServiceProvider.GetRequiredService<UnitOfWork<TModule>>();
        foreach (var message in messages)
            unit.Publish(message, "group");
        Assert.True((await unit.CommitAsync(CancellationToken.None)).Applied);
    }

    public async Task<Guid> NewCounterAsync(DateTimeOffset? dueAt = null)
    {
        var saga = new CounterSaga { CorrelationId = Ids.Next().ToGuid(), State = "Counting", DueAt = dueAt };
        Assert.True(await Sagas.InsertAsync(saga, CancellationToken.None));
        return saga.CorrelationId;
    }

    public async Task<CounterSaga> LoadAsync(Guid counter) => await Sagas.LoadAsync(counter, CancellationToken.None) ?? throw new InvalidOperationException("No such counter.");

    public async Task<long> NumberAsync(ItemKey key, string attribute) =>
        await CounterTable.GetAsync(key, Consistency.Strong, CancellationToken.None) is { } item ? item[attribute].Number : 0;

    /// <summary>Pages of watched sagas, whoever's.</summary>
    public async Task<IReadOnlyList<Item>> PagesAsync()
    {
        var pages = new List<Item>();
        for (var shard = 0; shard < WatchPages.Shards; shard++)
        {
            await foreach (var page in CounterTable.ScanPartitionAsync($"COUNTER#WATCH#{shard}", SortRange.All, Consistency.Strong, CancellationToken.None))
                pages.Add(page);
        }

        return pages;
    }

    /// <summary>Lets everything happen that can happen now; a clock that stands still moves only while a handler waits for it.</summary>
    public async Task SettleAsync()
    {
        var settling = Steps.RunUntilIdleAsync(mostSteps: 1_000, CancellationToken.None);
        while (!settling.IsCompleted)
        {
            await Task.WhenAny(settling, Task.Delay(Quiet, TimeProvider.System));
            if (!settling.IsCompleted && Time is FakeTimeProvider fake)
                fake.Advance(Quiet);
        }

        Assert.True(await settling);
    }

    /// <summary>Starts the background loops.</summary>
    public async Task StartAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
            _started.Add(service);
        }
    }

    public async Task StopAsync()
    {
        foreach (var service in Enumerable.Reverse(_started))
            await service.StopAsync(CancellationToken.None);
        _started.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _services.DisposeAsync();
    }
}

/// <summary>Keeps what was logged, for assertions and for a look when a test fails.</summary>
internal sealed class CapturedLog : ILoggerProvider, ILogger
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");

    public void Dispose()
    {
    }
}

internal static class Eventually
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    /// <summary>Waits, bounded, until the condition holds.</summary>
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Bound, $"Not within {Bound}: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    public static Task HoldsAsync(Func<bool> condition, string what) => HoldsAsync(() => Task.FromResult(condition()), what);
}
