using Evently.Shared.Ids;
using Evently.Shared.Messaging.Embedded;
using Evently.Shared.Messaging.Instances;
using Evently.Shared.Messaging.Local;
using Evently.Shared.Messaging.Outbox;
using Evently.Shared.Messaging.Pump;
using Evently.Shared.Modules;
using Evently.Shared.Storage;
using Evently.Shared.Storage.Embedded;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Hosting;

/// <summary>A module as the host runs it; closes the generic services over the module's type.</summary>
internal abstract class HostedModule(string name, string keyPrefix, IModule instance)
{
    public string Name { get; } = name;

    public string KeyPrefix { get; } = keyPrefix;

    public IModule Instance { get; } = instance;

    /// <summary>What the module handles, filled by <see cref="AddPlatform"/>.</summary>
    public abstract BusRegistration Bus { get; }

    public abstract void AddPlatform(IServiceCollection services, MessagingOptions options);

    public abstract ModuleRuntime RuntimeIn(IServiceProvider services);
}

internal sealed class HostedModule<TModule>(TModule instance) : HostedModule(TModule.Name, TModule.KeyPrefix, instance)
    where TModule : class, IModule
{
    private readonly BusRegistration<TModule> _bus = new();

    public override BusRegistration Bus => _bus;

    public override ModuleRuntime RuntimeIn(IServiceProvider services) => services.GetRequiredKeyedService<ModuleRuntime>(typeof(TModule));

    public override void AddPlatform(IServiceCollection services, MessagingOptions options)
    {
        Instance.AddMessaging(_bus);
        _bus.AddServices(services);
        services.TryAddSingleton<ModuleTable<TModule>>();
        services.AddKeyedSingleton(typeof(TModule), (provider, _) => CreateRuntime(provider, options));
        services.AddSingleton(provider => new LocalBus<TModule>(RuntimeIn(provider)));
        services.AddScoped(CreateUnit);
    }

    private static ModuleIdentity Identity(MessagingOptions options) =>
        new(TModule.Name, TModule.KeyPrefix, ModuleIdentity.QueueNameOf(TModule.Name, options));

    private static UnitOfWork<TModule> CreateUnit(IServiceProvider services) => new(NewCommit(services));

    private static PendingCommit NewCommit(IServiceProvider services)
    {
        var runtime = services.GetRequiredKeyedService<ModuleRuntime>(typeof(TModule));
        return new PendingCommit(
            runtime.Identity,
            runtime.Commit,
            services.GetRequiredService<MessageTopology>(),
            runtime.Backlog,
            services.GetRequiredService<IdGenerator>(),
            services.GetRequiredService<TimeProvider>());
    }

    private ModuleRuntime CreateRuntime(IServiceProvider services, MessagingOptions options)
    {
        var identity = Identity(options);
        var time = services.GetRequiredService<TimeProvider>();
        var ids = services.GetRequiredService<IdGenerator>();
        var queues = services.GetRequiredService<QueueSet>();
        var table = services.GetRequiredService<ModuleTable<TModule>>();
        var logs = services.GetRequiredService<ILoggerFactory>();
        var receiver = new ModuleReceiver(
            identity,
            _bus.Handlers,
            scope => scope.GetRequiredService<UnitOfWork<TModule>>().Pending,
            () => (services.GetRequiredService<IBusRegistrationContext>(), services.GetRequiredService<MassTransit.Transports.IBusInstance>()));
        var routes = new Lazy<LocalRoutes>(() => new LocalRoutes(_bus.Routes.SelectMany(route => route(services, () => NewCommit(services)))));
        var dispatcher = new LocalDispatcher(identity, routes, ids, time);
        var instances = services.GetRequiredService<IInstances>();
        var rows = new OutboxRows(identity.KeyPrefix, services.GetRequiredService<MessageTopology>());
        var sent = new SentMessages(table, ids, time);
        var relay = new OutboxRelay(table, sent, queues, time, logs.CreateLogger<OutboxRelay>());
        return new ModuleRuntime(
            identity,
            receiver,
            dispatcher,
            new LocalBacklog(dispatcher, logs.CreateLogger<LocalBacklog>()),
            CreateCommit(services, table, new OutboxCommit(table, rows, relay, instances)),
            relay,
            new OutboxSweeper(rows, table, relay, instances, time, logs.CreateLogger<OutboxSweeper>()),
            sent,
            new QueuePump(identity, receiver, queues, options, services.GetRequiredService<MessagingMetrics>(), ids, time, logs.CreateLogger<QueuePump>()),
            [.. _bus.DueWorkers.SelectMany(create => create(services, identity, dispatcher, relay))]);
    }

    /// <summary>Where one file holds table and queues a commit reaches both.</summary>
    private static IMessageCommit CreateCommit(IServiceProvider services, ModuleTable table, OutboxCommit elsewhere) =>
        services.GetRequiredService<ITableEngine>() is EmbeddedTableEngine engine
        && services.GetRequiredService<IQueueTransport>() is EmbeddedQueueTransport transport
        && engine.Database == transport.Database
            ? new EmbeddedCommit(table, engine, services.GetRequiredService<QueueSet>())
            : elsewhere;
}
