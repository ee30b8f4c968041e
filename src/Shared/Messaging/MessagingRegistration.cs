using Amazon.SQS;
using Evently.Shared.Configuration;
using Evently.Shared.Ids;
using Evently.Shared.Messaging.Embedded;
using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Messaging.Instances;
using Evently.Shared.Messaging.Sqs;
using Evently.Shared.Modules;
using Evently.Shared.Storage;
using Evently.Shared.Storage.Embedded;
using Evently.Shared.Telemetry.Aws;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Evently.Shared.Messaging;

internal static class MessagingRegistration
{
    /// <summary>MassTransit's log of what handlers throw, refused commits included. Whoever dispatched logs what fails for good, with what happens next.</summary>
    private const string FaultLog = "MassTransit";

    public static void AddEventlyMessaging(this IServiceCollection services, IConfiguration configuration, ModuleRegistry registry)
    {
        services.AddSettingsSection<MessagingOptions>("Messaging");
        var options = configuration.ReadEventlyOptions<MessagingOptions>("Messaging");
        services.AddSingleton(options);
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new IdGenerator(provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<Replica>();
        services.TryAddSingleton<UnreadableItems>();
        services.TryAddSingleton<StartPatience>();
        if (options.Transport == MessagingOptions.Sqs)
        {
            services.TryAddSingleton<AwsTelemetry>();
            services.TryAddSingleton(provider => SqsTransport.OpenClient(provider.GetRequiredService<AwsTelemetry>()));
        }

        services.TryAddSingleton(provider => CreateTransport(options, provider));
        services.AddSingleton<QueueSet>();
        services.AddSingleton<MessagingMetrics>();
        services.AddSingleton<MessagingGauges>();
        services.AddSingleton(provider => new QueueDirectory(provider.GetRequiredService<ModuleRuntimes>(), provider.GetRequiredService<QueueSet>()));
        services.AddSingleton(provider => new MessageTopology(
            registry.Modules.Select(module => ModuleIdentity.QueueNameOf(module.Name, options)),
            () => Subscriptions(provider, registry, options)));
        services.TryAddSingleton(CreateInstances);
        services.AddSingleton(provider => new MessageReplay(provider.GetRequiredService<ModuleRuntimes>(), provider.GetRequiredService<QueueSet>()));
        services.AddSingleton(provider => new ModuleRuntimes([.. registry.Modules.Select(module => module.RuntimeIn(provider))]));
        foreach (var module in registry.Modules)
            module.AddPlatform(services, options);
        AddMassTransit(services, registry);
        services.AddHostedService<MessagingService>();
    }

    private static IQueueTransport CreateTransport(MessagingOptions options, IServiceProvider services) => options.Transport switch
    {
        MessagingOptions.Embedded => new EmbeddedQueueTransport(services.GetRequiredService<EmbeddedDatabase>(), services.GetRequiredService<TimeProvider>()),
        MessagingOptions.Sqs => new SqsTransport(services.GetRequiredService<IAmazonSQS>(), options.CreateQueues, services.GetRequiredService<StartPatience>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<SqsQueue>>()),
        _ => throw new Configuration.ConfigurationException($"{MessagingOptions.Section}:Transport is '{options.Transport}', which there is not."),
    };

    private static IInstances CreateInstances(IServiceProvider services)
    {
        var (topology, ids) = (services.GetRequiredService<MessageTopology>(), services.GetRequiredService<IdGenerator>());
        return services.GetRequiredService<IOptions<StorageOptions>>().Value.Engine == StorageOptions.DynamoDb
            ? new TableInstances(services.GetRequiredService<ITableEngine>(), topology, ids, services.GetRequiredService<TimeProvider>())
            : new SoleInstance(topology, ids);
    }

    /// <summary>MassTransit's container registrations. Its in-memory bus carries nothing: queues are received by <see cref="Pump.QueuePump"/>.</summary>
    private static void AddMassTransit(IServiceCollection services, ModuleRegistry registry) => services.AddMassTransit(bus =>
    {
        bus.DisableUsageTelemetry();
        foreach (var registration in registry.Modules.SelectMany(module => module.Bus.Registrations))
            registration(bus);
        bus.UsingInMemory();
        bus.AddLogging(logging => logging.AddFilter(FaultLog, LogLevel.None));
    });

    private static IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> Subscriptions(IServiceProvider services, ModuleRegistry registry, MessagingOptions options)
    {
        var subscriptions = registry.Modules.SelectMany(module => module.Bus.MessageTypes
            .SelectMany(types => types(services))
            .Where(type => !typeof(ILocalMessage).IsAssignableFrom(type))
            .Distinct()
            .Select(type => (Type: Envelope.TypeUrn(type), Queue: ModuleIdentity.QueueNameOf(module.Name, options))));
        return subscriptions
            .GroupBy(pair => pair.Type, pair => pair.Queue, StringComparer.Ordinal)
            .Select(group => KeyValuePair.Create<string, IReadOnlyList<string>>(group.Key, [.. group]));
    }
}
