using Evently.Analytics.Catalog;
using Evently.Analytics.Counting;
using Evently.Analytics.Rollups;
using Evently.Analytics.Views;
using Evently.Shared.Configuration;
using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Evently.Shared.Storage;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Quartz;

namespace Evently.Analytics;

public sealed class AnalyticsModule : IModule
{
    public static string Name => "Analytics";

    public static string KeyPrefix => "ANALYTICS#";

    public IReadOnlyList<Type> Endpoints =>
    [
        typeof(GetEventAnalytics),
        typeof(GetTimeline),
        typeof(GetSeatAnalytics),
        typeof(ListEventAnalytics),
        typeof(GetUserAnalytics),
    ];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettingsSection<AnalyticsOptions>("Analytics").AddOptions<AnalyticsOptions>()
            .Bind(configuration.GetSection(AnalyticsOptions.Section))
            .Configure(options => options.DefaultHoldSeconds = configuration.GetValue("Evently:Holds:DefaultSeconds", options.DefaultHoldSeconds))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.Configure<JsonOptions>(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, AnalyticsJson.Default));
        services.AddSingleton<EventReader>();
        services.AddSingleton<SeatPlanReader>();
        services.AddSingleton<UserReader>();
        services.AddSingleton<BookingBatches>();
        services.AddSingleton<CountInParts>();
        services.AddSingleton<CountAtOnce>();
        services.AddSingleton<FinishBatches>();
        services.AddSingleton<BatchCounter>(static provider => provider.GetRequiredService<ModuleTable<AnalyticsModule>>().IsMetered
            ? provider.GetRequiredService<CountInParts>()
            : provider.GetRequiredService<CountAtOnce>());
        services.AddSingleton<FigureReader>();
        services.AddSingleton<SeatFigureReader>();
        services.AddSingleton<TimelineReader>();
        services.AddSingleton<EventListReader>();
        services.AddSingleton<RollupLease>();
        services.AddSingleton<RollUpTimelines>();
        services.AddHostedService(static provider => provider.GetRequiredService<RollupLease>());
        AddSchedule(services, configuration);
    }

    public void AddMessaging(ModuleBusConfigurator bus)
    {
        bus.Consumer<KeepEvents>();
        bus.Consumer<KeepSeatPlan>();
        bus.Consumer<KeepUsers>();
        bus.Consumer<CountBooking>();
        bus.Consumer<CountCancellation>();
        bus.Consumer<CountHold>();
        bus.Consumer<CountTally>();
    }

    private static void AddSchedule(IServiceCollection services, IConfiguration configuration)
    {
        var interval = TimeSpan.FromSeconds(Math.Max(1, configuration.GetValue($"{AnalyticsOptions.Section}:{nameof(AnalyticsOptions.RollupIntervalSeconds)}", new AnalyticsOptions().RollupIntervalSeconds)));
        services.AddQuartz(quartz =>
        {
            quartz.UseInMemoryStore();
            quartz.UseDefaultThreadPool(1);
            quartz.AddJob<RollUpJob>(job => job.WithIdentity(RollUpJob.Key));
            quartz.AddTrigger(trigger => trigger
                .ForJob(RollUpJob.Key)
                .WithSimpleSchedule(schedule => schedule.WithInterval(interval).RepeatForever()));
        });
        services.AddQuartzHostedService(options => options.WaitForJobsToComplete = true);
    }
}
