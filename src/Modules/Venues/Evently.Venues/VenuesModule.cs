using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Venues;

public sealed class VenuesModule : IModule
{
    public static string Name => "Venues";

    public static string KeyPrefix => "VENUES#";

    public IReadOnlyList<Type> Endpoints => [];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
    }

    public void AddMessaging(ModuleBusConfigurator bus)
    {
    }
}
