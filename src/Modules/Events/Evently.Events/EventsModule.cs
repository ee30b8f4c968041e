using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Events;

public sealed class EventsModule : IModule
{
    public static string Name => "Events";

    public static string KeyPrefix => "EVENTS#";

    public IReadOnlyList<Type> Endpoints => [];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
    }

    public void AddMessaging(ModuleBusConfigurator bus)
    {
    }
}
