using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Analytics;

public sealed class AnalyticsModule : IModule
{
    public static string Name => "Analytics";

    public static string KeyPrefix => "ANALYTICS#";

    public IReadOnlyList<Type> Endpoints => [];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
    }

    public void AddMessaging(ModuleBusConfigurator bus)
    {
    }
}
