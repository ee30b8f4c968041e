using Evently.Shared.Ids;
using Evently.Shared.Modules;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Evently.Shared.Messaging;

public static class MessagingRegistration
{
    internal static IServiceCollection AddEventlyMessaging(this IServiceCollection services, IConfiguration configuration, ModuleRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new IdGenerator(provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<Replica>();
        services.AddSingleton<QueueDirectory>();
        services.AddSingleton<MessagingQuiescence>();
        foreach (var module in registry.Modules)
            module.AddPlatform(services);
        return services;
    }
}
