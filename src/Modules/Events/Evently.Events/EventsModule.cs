using Evently.Events.Search;
using Evently.Events.SeatPlans;
using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Events;

public sealed class EventsModule : IModule
{
    internal const string Prefix = "EVENTS#";
    internal const string IdPrefix = "event";
    internal const string Tag = "Events";

    public static string Name => "Events";

    public static string KeyPrefix => Prefix;

    public IReadOnlyList<Type> Endpoints => [typeof(CreateEvent), typeof(ListEvents), typeof(GetEvent), typeof(ChangeEvent), typeof(PublishEvent), typeof(CancelEvent)];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<EventOptions>()
            .Configure(options => options.DefaultHoldSeconds = configuration.GetValue(EventOptions.DefaultHoldSecondsSetting, options.DefaultHoldSeconds))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<EventStore>();
        services.AddSingleton<EventIndex>();
        services.AddSingleton<IndexFollower>();
        services.AddHostedService<IndexFollowerService>();
        services.AddSingleton<SeatPlanInquiry>();
        services.AddScoped<EventEditor>();
        services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, EventsJson.Default));
    }

    public void AddMessaging(ModuleBusConfigurator bus) => bus.Consumer<TakeSeatPlanAnswer>();
}
