using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Users;

public sealed class UsersModule : IModule
{
    public static string Name => "Users";

    public static string KeyPrefix => "USERS#";

    public IReadOnlyList<Type> Endpoints => [];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
    }

    public void AddMessaging(ModuleBusConfigurator bus)
    {
    }
}
