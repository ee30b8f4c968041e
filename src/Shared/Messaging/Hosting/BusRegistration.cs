using Evently.Shared.Messaging.Instances;
using Evently.Shared.Messaging.Local;
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

    public List<Func<IServiceProvider, ModuleIdentity, LocalDispatcher, DueWorker>> DueWorkers { get; } = [];

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
        var handled = typeof(TConsumer).GetInterfaces()
            .Where(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IConsumer<>))
            .Select(type => type.GetGenericArguments()[0])
            .ToArray();
        MessageTypes.Add(_ => handled);
        Registrations.Add(bus => bus.AddConsumer<TConsumer>());
        Handlers.Add((endpoint, context) => endpoint.ConfigureConsumer<TConsumer>(context));
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
        DueWorkers.Add((services, module, dispatcher) => new DueWorker<TSaga>(
            module,
            services.GetRequiredService<ModuleTable<TModule>>(),
            services.GetRequiredService<SagaItems<TSaga>>(),
            dispatcher,
            services.GetRequiredService<IInstances>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<DueWorker<TSaga>>>()));
        _services.Add(services =>
        {
            services.AddSingleton<TStore>();
            services.AddSingleton<ISagaStore<TSaga>>(provider => provider.GetRequiredService<TStore>());
            services.AddSingleton(provider => new SagaItems<TSaga>(TModule.KeyPrefix, provider.GetRequiredService<ISagaStore<TSaga>>()));
            services.AddSingleton<SagaTable<TModule, TSaga>>();
        });
    }

    public void AddServices(IServiceCollection services)
    {
        foreach (var add in _services)
            add(services);
    }
}
