using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Messaging;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Shared.Modules;

/// <summary>The modules that a process hosts, in the order in which they were added.</summary>
public sealed class ModuleRegistry
{
    private readonly List<HostedModule> _modules = [];

    /// <summary>Names of the modules.</summary>
    public IReadOnlyList<string> Names => _modules.ConvertAll(module => module.Name);

    /// <summary>Carter endpoint classes of all modules.</summary>
    public IReadOnlyList<Type> Endpoints => [.. _modules.SelectMany(module => module.Instance.Endpoints)];

    internal IReadOnlyList<HostedModule> Modules => _modules;

    public ModuleRegistry Add<TModule>()
        where TModule : class, IModule, new()
    {
        if (_modules.Exists(module => module.Name == TModule.Name))
            throw new InvalidOperationException($"The module {TModule.Name} was added twice.");
        _modules.Add(new HostedModule<TModule>(new TModule()));
        return this;
    }
}

public static class ModuleRegistration
{
    /// <summary>
    /// Registers the modules with what each gets from the platform: its table handle, unit of work, local bus and queue. The table engine
    /// is registered beside it. Returns the registry, for the endpoints that the host maps.
    /// </summary>
    public static ModuleRegistry AddEventlyModules(this IServiceCollection services, IConfiguration configuration, Action<ModuleRegistry> add)
    {
        var registry = new ModuleRegistry();
        add(registry);
        services.AddEventlyMessaging(configuration, registry);
        foreach (var module in registry.Modules)
            module.Instance.AddServices(services, configuration);
        return registry;
    }
}
