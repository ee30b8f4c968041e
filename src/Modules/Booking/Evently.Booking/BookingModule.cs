using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Booking;

public sealed class BookingModule : IModule
{
    public static string Name => "Booking";

    public static string KeyPrefix => "BOOKING#";

    public IReadOnlyList<Type> Endpoints => [];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
    }

    public void AddMessaging(ModuleBusConfigurator bus)
    {
    }
}
