using System.Collections.Concurrent;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Evently.Shared.Storage;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Shared.Tests.Messaging;

/// <summary>A module with everything that messaging offers, as small as can be. All its types but the module are internal, as in the real ones.</summary>
public sealed class CounterModule : IModule
{
    public static string Name => "Counter";

    public static string KeyPrefix => "COUNTER#";

    public IReadOnlyList<Type> Endpoints => [];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
    }

    public void AddMessaging(ModuleBusConfigurator bus)
    {
        bus.Saga<CounterStateMachine, CounterSaga, CounterStore>();
        bus.Consumer<TallyConsumer>();
        bus.Consumer<TroubleConsumer>();
        bus.Handler<NoteHandler>();
        bus.Consumer<AnnouncementConsumer<CounterModule>>();
    }
}

/// <summary>Listens to what the counters announce.</summary>
public sealed class ListenerModule : IModule
{
    public static string Name => "Listener";

    public static string KeyPrefix => "LISTENER#";

    public IReadOnlyList<Type> Endpoints => [];

    public void AddServices(IServiceCollection services, IConfiguration configuration) => services.AddSingleton<Heard>();

    public void AddMessaging(ModuleBusConfigurator bus)
    {
        bus.Consumer<ListenerConsumer>();
        bus.Consumer<AnnouncementConsumer<ListenerModule>>();
    }
}

/// <summary>From another module: starts or advances a counter once a step number.</summary>
public sealed record CounterStepped(Guid CorrelationId, int Step) : CorrelatedBy<Guid>;

/// <summary>What a counter tells the world.</summary>
public sealed record CounterAdvanced(Guid Counter, int Count);

public sealed record Tallied(string Tally, int Amount);

public sealed record Trouble(string Key, string Kind);

/// <summary>To both modules.</summary>
public sealed record Announced(int Number);

public sealed record NobodyListens(string Text);

internal sealed record Increment(Guid CorrelationId) : CorrelatedBy<Guid>, ILocalMessage;

/// <summary>Counts, and announces the number to all.</summary>
internal sealed record Shout(Guid CorrelationId, int Number, DateTimeOffset? DueAt = null) : CorrelatedBy<Guid>, ILocalMessage;

internal sealed record CounterDue(Guid CorrelationId, DateTimeOffset DueAt) : CorrelatedBy<Guid>, ILocalMessage;

internal sealed record Note(string Text) : ILocalMessage;

/// <summary>Waits for the slow gate, of which few may do so at a time.</summary>
internal sealed record SlowNote(int Number) : ILocalMessage
{
    public static readonly LocalLane Slow = new("slow", Concurrency: 4);

    LocalLane ILocalMessage.Lane => Slow;
}

/// <summary>Waits for the slow gate as well, beside thousands.</summary>
internal sealed record WideNote(int Number) : ILocalMessage
{
    public static readonly LocalLane Wide = new("wide", Concurrency: 2_000);

    LocalLane ILocalMessage.Lane => Wide;
}

internal sealed class CounterSaga : IVersionedSaga
{
    public Guid CorrelationId { get; set; }

    public int Version { get; set; }

    public string State { get; set; } = "Initial";

    public int Count { get; set; }

    public HashSet<int> Steps { get; set; } = [];

    public DateTimeOffset? DueAt { get; set; }

    public int Fired { get; set; }
}

internal sealed class CounterStateMachine : MassTransitStateMachine<CounterSaga>
{
    public CounterStateMachine(FaultSwitch faults)
    {
        InstanceState(saga => saga.State);
        Event(() => Increment, x => x.OnMissingInstance(missing => missing.Discard()));
        Event(() => Shout, x => x.OnMissingInstance(missing => missing.Discard()));
        Event(() => Due, x => x.OnMissingInstance(missing => missing.Discard()));
        Initially(
            When(Stepped).ThenAsync(StepAsync).TransitionTo(Counting));
        During(Counting,
            When(Stepped).ThenAsync(StepAsync),
            When(Increment).Then(context => context.Saga.Count++).If(_ => faults.SagaThrows, x => x.Then(_ => throw new InvalidOperationException("broken on purpose"))),
            When(Shout).Then(Announce),
            When(Due).Then(context => Fire(context, faults)));
    }

    public State Counting { get; private set; } = null!;

    public Event<CounterStepped> Stepped { get; private set; } = null!;

    public Event<Increment> Increment { get; private set; } = null!;

    public Event<Shout> Shout { get; private set; } = null!;

    public Event<CounterDue> Due { get; private set; } = null!;

    private static void Announce(BehaviorContext<CounterSaga, Shout> context)
    {
        if (!context.Saga.Steps.Add(context.Message.Number))
            return;
        context.Saga.Count++;
        context.Saga.DueAt = context.Message.DueAt;
        context.AddToCommit(new Announced(context.Message.Number));
    }

    private static async Task StepAsync(BehaviorContext<CounterSaga, CounterStepped> context)
    {
        if (!context.Saga.Steps.Add(context.Message.Step))
            return;
        context.Saga.Count++;
        await context.Publish(new CounterAdvanced(context.Saga.CorrelationId, context.Saga.Count));
    }

    private static void Fire(BehaviorContext<CounterSaga, CounterDue> context, FaultSwitch faults)
    {
        if (faults.PoisonedCounters.ContainsKey(context.Saga.CorrelationId))
            throw new InvalidOperationException("poisoned on purpose");
        context.Saga.Fired++;
        context.Saga.DueAt = null;
    }
}

internal sealed class CounterStore : ISagaStore<CounterSaga>
{
    public ItemKey KeyOf(Guid correlationId) => new($"COUNTER#C#{correlationId:N}", "counter");

    public Guid CorrelationIdOf(ItemKey key) => Guid.ParseExact(key.Partition["COUNTER#C#".Length..], "N");

    public Dictionary<string, Value> Write(CounterSaga saga, ReadOnlyMemory<byte> unsent = default)
    {
        var attributes = new Dictionary<string, Value>
        {
            ["state"] = saga.State,
            ["count"] = saga.Count,
            ["fired"] = saga.Fired,
            ["steps"] = string.Join(',', saga.Steps.Order()),
        };
        if (saga.DueAt is { } dueAt)
            attributes["due"] = dueAt.ToUnixTimeMilliseconds();
        if (!unsent.IsEmpty)
            attributes["unsent"] = Value.OfUtf8(unsent.ToArray());
        return attributes;
    }

    public ReadOnlyMemory<byte> ReadUnsent(Item item) => item.Has("unsent") ? item["unsent"].Utf8 : default;

    public CounterSaga Read(Item item) => new()
    {
        CorrelationId = CorrelationIdOf(item.Key),
        State = item["state"].String,
        Count = (int)item["count"].Number,
        Fired = (int)item["fired"].Number,
        Steps = [.. item["steps"].String.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)],
        DueAt = item.Has("due") ? DateTimeOffset.FromUnixTimeMilliseconds(item["due"].Number) : null,
    };

    public DateTimeOffset? DueAt(CounterSaga saga) => saga.DueAt;

    public DateTimeOffset? ExpiresAt(CounterSaga saga) => null;

    public object DueMessage(Guid correlationId, DateTimeOffset dueAt) => new CounterDue(correlationId, dueAt);

    public string GroupOf(CounterSaga saga) => saga.CorrelationId.ToString("N");
}

/// <summary>The sum can't tell whether a tally was added, so each has a row of its own beside it.</summary>
internal sealed class TallyConsumer(UnitOfWork<CounterModule> unit, ModuleTable<CounterModule> table) : IConsumer<Tallied>
{
    public static ItemKey KeyOf(string tally) => new($"COUNTER#T#{tally}", "tally");

    public async Task Consume(ConsumeContext<Tallied> context)
    {
        var added = new ItemKey($"COUNTER#T#{context.Message.Tally}", $"{context.MessageId:N}");
        if (await table.GetAsync(added, Consistency.Strong, context.CancellationToken) is not null)
            return;
        unit.Add(Write.Put(added, new Dictionary<string, Value>(), Condition.ItemAbsent));
        unit.Add(Write.Update(KeyOf(context.Message.Tally), [Change.Add("sum", context.Message.Amount)], Condition.Always));
        unit.Publish(new Note($"tallied {context.Message.Tally}"), "");
    }
}

internal sealed class TroubleConsumer(UnitOfWork<CounterModule> unit, FaultSwitch faults) : IConsumer<Trouble>
{
    public static ItemKey KeyOf(string key) => new($"COUNTER#X#{key}", "trouble");

    public async Task Consume(ConsumeContext<Trouble> context)
    {
        faults.Seen.AddOrUpdate(context.Message.Key, 1, (_, seen) => seen + 1);
        unit.Add(Write.Update(KeyOf(context.Message.Key), [Change.Add("handled", 1)], Condition.Always));
        switch (context.Message.Kind)
        {
            case "poison" when !faults.PoisonHealed:
                throw new InvalidOperationException("poisoned on purpose");
            case "unserved" when faults.StoreIsDown:
                throw new TableThrottledException("down on purpose");
            case "unavailable" when faults.StoreIsDown:
                throw new ServiceUnavailableException("away on purpose");
            case "slow":
                await faults.SlowGate.Task.WaitAsync(context.CancellationToken);
                break;
            default:
                break;
        }
    }
}

internal sealed class NoteHandler(FaultSwitch faults) : ILocalHandler<Note>, ILocalHandler<SlowNote>, ILocalHandler<WideNote>
{
    public Task HandleAsync(Note message, CancellationToken cancellationToken)
    {
        faults.Notes.Enqueue(message.Text);
        return Task.CompletedTask;
    }

    public Task HandleAsync(SlowNote message, CancellationToken cancellationToken) => WaitAsync(message.Number, cancellationToken);

    public Task HandleAsync(WideNote message, CancellationToken cancellationToken) => WaitAsync(message.Number, cancellationToken);

    private Task WaitAsync(int number, CancellationToken cancellationToken)
    {
        faults.SlowNotes.Enqueue(number);
        return faults.SlowGate.Task.WaitAsync(cancellationToken);
    }
}

internal sealed class ListenerConsumer(Heard heard) : IConsumer<CounterAdvanced>
{
    public Task Consume(ConsumeContext<CounterAdvanced> context)
    {
        heard.Add(context.Message, context.MessageId!.Value);
        return Task.CompletedTask;
    }
}

internal sealed class AnnouncementConsumer<TModule>(FaultSwitch faults) : IConsumer<Announced>
    where TModule : IModule
{
    public Task Consume(ConsumeContext<Announced> context)
    {
        faults.Announced.Enqueue((TModule.Name, context.Message.Number));
        return Task.CompletedTask;
    }
}

/// <summary>What the listener heard, by message id.</summary>
internal sealed class Heard
{
    private readonly ConcurrentDictionary<Guid, CounterAdvanced> _messages = new();
    private int _deliveries;

    public ICollection<CounterAdvanced> Messages => _messages.Values;

    public ICollection<Guid> MessageIds => _messages.Keys;

    public int Deliveries => Volatile.Read(ref _deliveries);

    public void Add(CounterAdvanced message, Guid messageId)
    {
        Interlocked.Increment(ref _deliveries);
        _messages[messageId] = message;
    }
}

/// <summary>Breaks the handlers on demand.</summary>
internal sealed class FaultSwitch
{
    public bool SagaThrows { get; set; }

    public bool PoisonHealed { get; set; }

    public bool StoreIsDown { get; set; }

    public ConcurrentDictionary<Guid, byte> PoisonedCounters { get; } = new();

    public ConcurrentDictionary<string, int> Seen { get; } = new();

    public ConcurrentQueue<string> Notes { get; } = new();

    public ConcurrentQueue<(string Module, int Number)> Announced { get; } = new();

    public ConcurrentQueue<int> SlowNotes { get; } = new();

    public TaskCompletionSource SlowGate { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
