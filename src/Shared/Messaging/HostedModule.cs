using Evently.Shared.Modules;
using Evently.Shared.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Shared.Messaging;

/// <summary>A module as the host runs it; closes the generic services over the module's type.</summary>
internal abstract class HostedModule(string name, string keyPrefix, IModule instance)
{
    public string Name { get; } = name;

    public string KeyPrefix { get; } = keyPrefix;

    public IModule Instance { get; } = instance;

    public abstract void AddPlatform(IServiceCollection services);
}

internal sealed class HostedModule<TModule>(TModule instance) : HostedModule(TModule.Name, TModule.KeyPrefix, instance)
    where TModule : class, IModule
{
    public override void AddPlatform(IServiceCollection services)
    {
        services.AddSingleton<ModuleTable<TModule>>();
        services.AddSingleton<LocalBus<TModule>>();
        services.AddScoped<UnitOfWork<TModule>>();
    }
}
