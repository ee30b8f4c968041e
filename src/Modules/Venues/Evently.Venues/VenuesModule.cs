using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Evently.Venues.Seats;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Venues;

public sealed class VenuesModule : IModule
{
    internal const string Prefix = "VENUES#";
    internal const string IdPrefix = "venue";
    internal const string Tag = "Venues";

    public static string Name => "Venues";

    public static string KeyPrefix => Prefix;

    public IReadOnlyList<Type> Endpoints => [typeof(CreateVenue), typeof(ListVenues), typeof(GetVenue), typeof(AddSeats), typeof(RemoveSeats), typeof(ListSeats)];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<VenueStore>();
        services.AddSingleton<SeatPlanWriter>();
        services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, VenuesJson.Default));
    }

    public void AddMessaging(ModuleBusConfigurator bus)
    {
        bus.Consumer<AnswerSeatPlan>();
        bus.Consumer<SendSeatPlan>();
    }
}
