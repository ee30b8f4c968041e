using System.Reflection;
using Evently.Shared.Ids;
using Evently.Shared.Messaging.Instances;
using Evently.Shared.Messaging.Local;
using Evently.Shared.Messaging.Outbox;
using Evently.Shared.Messaging.Sagas;
using Evently.Shared.Modules;
using Evently.Shared.Storage;
using MassTransit;
using MassTransit.Saga;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Hosting;

/// <summary>Records what a module handles, for the container, for MassTransit's pipeline and for the subscriptions.</summary>
internal abstract class BusRegistration : ModuleBusConfigurator
{
    public List<Action<IBusRegistrationConfigurator>> Registrations { get; } = [];

    public List<Action<IReceiveEndpointConfigurator, IBusRegistrationContext>> Handlers { get; } = [];

    public List<Func<IServiceProvider, ModuleIdentity, LocalDispatcher, OutboxRelay, IEnumerable<DueWorker>>> DueWorkers { get; } = [];

    /// <summary>The local messages that the module handles, and by whom; a state machine's are known once it is built.</summary>
    public List<Func<IServiceProvider, Func<PendingCommit>, IEnumerable<KeyValuePair<Type, LocalRoute>>>> Routes { get; } = [];

    /// <summary>The message types that the module handles; those of a state machine are known once it is built.</summary>
    public List<Func<IServiceProvider, IEnumerable<Type>>> MessageTypes { get; } = [];
}

/// <inheritdoc/>
internal sealed class BusRegistration<TModule> : BusRegistration
    where TModule : class, IModule
{
    private readonly List<Action<IServiceCollection>> _services = [];

    public override void Consumer<TConsumer>()
    {
        var handled = MessagesOf(typeof(TConsumer), typeof(IConsumer<>)).ToArray();
        MessageTypes.Add(_ => handled);
        Registrations.Add(bus => bus.AddConsumer<TConsumer>());
        Handlers.Add((endpoint, context) => endpoint.ConfigureConsumer<TConsumer>(context));
    }

    public override void Handler<THandler>()
    {
        _services.Add(services => services.AddSingleton<THandler>());
        foreach (var message in MessagesOf(typeof(THandler), typeof(ILocalHandler<>)))
        {
            var route = Method(nameof(ToHandler), typeof(THandler), message);
            Routes.Add((services, _) => [KeyValuePair.Create(message, (LocalRoute)route.Invoke(null, [services])!)]);
        }
    }

    public override void Saga<TStateMachine, TSaga, TStore>()
    {
        if (DueWorkers.Count > 0)
            throw new InvalidOperationException($"{TModule.Name} has a saga already; a second one would need a due index of its own.");
        MessageTypes.Add(services => services.GetRequiredService<TStateMachine>().Correlations.Select(correlation => correlation.DataType));
        Registrations.Add(bus => bus.AddSagaStateMachine<TStateMachine, TSaga>().Repository(repository =>
        {
            repository.AddScoped<ISagaRepositoryContextFactory<TSaga>, SagaRepositoryContextFactory<TModule, TSaga>>();
        }));
        Handlers.Add((endpoint, context) => endpoint.ConfigureSaga<TSaga>(context));
        DueWorkers.Add(CreateDueWorkers<TSaga>);
        Routes.Add((services, begin) => ToSteps(services.GetRequiredService<TStateMachine>(), services, begin));
        _services.Add(services =>
        {
            services.AddSingleton<TStore>();
            services.AddSingleton<SagasInHand<TSaga>>();
            services.AddSingleton<ISagaStore<TSaga>>(provider => provider.GetRequiredService<TStore>());
            services.AddSingleton(CreateGuard<TSaga>);
            services.AddSingleton(provider => new SagaItems<TSaga>(
                TModule.KeyPrefix, provider.GetRequiredService<ISagaStore<TSaga>>(), provider.GetRequiredService<ISagaGuard<TSaga>>().AreIndexed));
            services.AddSingleton(provider => new SagaTable<TModule, TSaga>(
                provider.GetRequiredService<ModuleTable<TModule>>(),
                provider.GetRequiredService<SagaItems<TSaga>>(),
                provider.GetRequiredService<SagasInHand<TSaga>>(),
                provider.GetRequiredService<ISagaGuard<TSaga>>(),
                provider.GetRequiredService<UnreadableItems>()));
        });
    }

    public void AddServices(IServiceCollection services)
    {
        foreach (var add in _services)
            add(services);
    }

    private static ISagaGuard<TSaga> CreateGuard<TSaga>(IServiceProvider services)
        where TSaga : class, IVersionedSaga
    {
        var table = services.GetRequiredService<ModuleTable<TModule>>();
        var ids = services.GetRequiredService<IdGenerator>();
        var instances = services.GetRequiredService<IInstances>();
        var time = services.GetRequiredService<TimeProvider>();
        return table.IsMetered
            ? new SagaWatch<TSaga>(new WatchPages(table, instances, ids, time), instances, time)
            : new IndexedSagas<TSaga>(ids);
    }

    /// <summary>The due index is asked on every table: on a metered one it has what could not be woken, and what older versions left.</summary>
    private static IEnumerable<DueWorker> CreateDueWorkers<TSaga>(IServiceProvider services, ModuleIdentity module, LocalDispatcher dispatcher, OutboxRelay relay)
        where TSaga : class, IVersionedSaga
    {
        var table = services.GetRequiredService<ModuleTable<TModule>>();
        var items = services.GetRequiredService<SagaItems<TSaga>>();
        var time = services.GetRequiredService<TimeProvider>();
        yield return new DueWorker<TSaga>(
            module, table, items, dispatcher, services.GetRequiredService<IInstances>(), time, services.GetRequiredService<ILogger<DueWorker<TSaga>>>());
        if (services.GetRequiredService<ISagaGuard<TSaga>>() is SagaWatch<TSaga> watch)
        {
            yield return new WatchWorker<TSaga>(
                module, table, items, services.GetRequiredService<SagasInHand<TSaga>>(), watch, dispatcher, relay,
                services.GetRequiredService<UnreadableItems>(), time, services.GetRequiredService<ILogger<WatchWorker<TSaga>>>());
        }
    }

    private static IEnumerable<KeyValuePair<Type, LocalRoute>> ToSteps<TSaga>(SagaStateMachine<TSaga> machine, IServiceProvider services, Func<PendingCommit> begin)
        where TSaga : class, IVersionedSaga
    {
        var stepper = new SagaStepper<TSaga>(
            machine,
            services.GetRequiredService<SagaItems<TSaga>>(),
            services.GetRequiredService<SagasInHand<TSaga>>(),
            services.GetRequiredService<ISagaGuard<TSaga>>(),
            services.GetRequiredService<ModuleTable<TModule>>(),
            begin,
            services.GetRequiredService<IdGenerator>(),
            services.GetRequiredService<ILogger<SagaStepper<TSaga>>>());
        foreach (var @event in machine.Events)
        {
            var message = MessagesOf(@event.GetType(), typeof(Event<>)).FirstOrDefault();
            if (message is not null && typeof(ILocalMessage).IsAssignableFrom(message))
                yield return KeyValuePair.Create(message, (LocalRoute)Method(nameof(ToStep), typeof(TSaga), message).Invoke(null, [stepper, @event])!);
        }
    }

    private static LocalRoute ToStep<TSaga, TMessage>(SagaStepper<TSaga> stepper, Event<TMessage> @event)
        where TSaga : class, IVersionedSaga
        where TMessage : class, CorrelatedBy<Guid> =>
        LocalRoutes.To<TMessage>((message, cancellationToken) => stepper.TakeAsync(@event, message, cancellationToken));

    // The handler is asked for with its first message: it may need the bus that it is a part of.
    private static LocalRoute ToHandler<THandler, TMessage>(IServiceProvider services)
        where THandler : class, ILocalHandler<TMessage>
        where TMessage : class, ILocalMessage =>
        LocalRoutes.To<TMessage>((message, cancellationToken) => services.GetRequiredService<THandler>().HandleAsync(message, cancellationToken));

    private static MethodInfo Method(string name, params Type[] arguments) =>
        typeof(BusRegistration<TModule>).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(arguments);

    private static IEnumerable<Type> MessagesOf(Type type, Type @interface) => type.GetInterfaces()
        .Where(candidate => candidate.IsGenericType && candidate.GetGenericTypeDefinition() == @interface)
        .Select(candidate => candidate.GetGenericArguments()[0]);
}
