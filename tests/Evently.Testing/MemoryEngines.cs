using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Testing.Messaging;
using Evently.Testing.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Testing;

/// <summary>Registers the engines in memory in place of those that the product has. The order of the calls doesn't matter.</summary>
public static class MemoryEngines
{
    private static readonly IConfiguration Defaults = new ConfigurationBuilder().Build();

    /// <summary>A table in memory and what modules need beside it.</summary>
    /// <param name="isMetered">See <see cref="ITableEngine.IsMetered"/>.</param>
    public static IServiceCollection AddMemoryStorage(this IServiceCollection services, bool isMetered = true) => services.AddStorage(Defaults).UseMemoryTable(isMetered);

    /// <summary>Where storage is registered already: the same with its table in memory.</summary>
    public static IServiceCollection UseMemoryTable(this IServiceCollection services, bool isMetered = true) =>
        services.AddSingleton<ITableEngine>(provider => new MemoryTableEngine(provider.GetRequiredService<TimeProvider>()) { IsMetered = isMetered });

    /// <summary>Queues in memory, without faults.</summary>
    public static IServiceCollection UseMemoryQueues(this IServiceCollection services) =>
        services.AddSingleton(provider => Queues(provider.GetRequiredService<TimeProvider>()));

    /// <summary>Queues in memory, without faults.</summary>
    public static IQueueTransport Queues(TimeProvider time) => new MemoryQueueTransport(time, new MemoryQueueFaults(seed: 0));
}
