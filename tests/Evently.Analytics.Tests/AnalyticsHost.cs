using Evently.Analytics.Catalog;
using Evently.Analytics.Rollups;
using Evently.Analytics.Views;
using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Evently.Shared.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Evently.Analytics.Tests;

/// <summary>Stands for the modules that Analytics listens to.</summary>
public sealed class PublisherModule : IModule
{
    public static string Name => "Publisher";

    public static string KeyPrefix => "PUBLISHER#";

    public IReadOnlyList<Type> Endpoints => [];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
    }

    public void AddMessaging(ModuleBusConfigurator bus)
    {
    }
}

/// <summary>The module with the real pipeline (outbox, queue, consumers) on the engines in memory. Its own schedule rests; tests step the rollup.</summary>
internal sealed class AnalyticsHost : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private readonly IHost _host;

    private AnalyticsHost(IHost host) => _host = host;

    public IServiceProvider Services => _host.Services;

    public ModuleTable<AnalyticsModule> Table => Services.GetRequiredService<ModuleTable<AnalyticsModule>>();

    public RollUpTimelines Rollups => Services.GetRequiredService<RollUpTimelines>();

    /// <param name="dataDirectory">Where the durable engine keeps its file; null for the engine in memory.</param>
    public static async Task<AnalyticsHost> StartAsync(string? dataDirectory, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Evently:Analytics:RollupIntervalSeconds"] = "300" });
        if (dataDirectory is not null)
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Evently:Storage:DataDirectory"] = dataDirectory });
        builder.Services.AddLogging();
        builder.Services.AddStorage(builder.Configuration).UseMemoryQueues();
        if (dataDirectory is null)
            builder.Services.UseMemoryTable();
        builder.Services.AddEventlyModules(builder.Configuration, modules => modules.Add<PublisherModule>().Add<AnalyticsModule>());
        var host = builder.Build();
        await host.StartAsync(cancellationToken);
        return new AnalyticsHost(host);
    }

    public async Task PublishAsync(IEnumerable<object> messages, CancellationToken cancellationToken)
    {
        foreach (var batch in messages.Chunk(20))
        {
            await using var scope = Services.CreateAsyncScope();
            var unitOfWork = scope.ServiceProvider.GetRequiredService<UnitOfWork<PublisherModule>>();
            foreach (dynamic message in batch)
                unitOfWork.Publish(message, "group");
            Assert.True((await unitOfWork.CommitAsync(cancellationToken)).Applied);
        }
    }

    /// <summary>Waits until every message was handled, and finds none dead.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        Assert.True(await new MessagingQuiescence(Services).WaitAsync(Bound, cancellationToken), "Messages were still under way.");
        Assert.All(await Services.GetRequiredService<QueueDirectory>().ListAsync(cancellationToken), queue => Assert.Equal(0, queue.Figures.DeadLetters));
    }

    public async Task<KnownEvent> EventAsync(string eventId, CancellationToken cancellationToken) =>
        await Services.GetRequiredService<EventReader>().FindAsync(eventId, cancellationToken) ?? throw new InvalidOperationException("The event is unknown.");

    public async Task<EventFigures> FiguresAsync(string eventId, CancellationToken cancellationToken) =>
        await Services.GetRequiredService<FigureReader>().ReadAsync(await EventAsync(eventId, cancellationToken), cancellationToken);

    public async Task<IReadOnlyList<TimelineBucket>> TimelineAsync(string eventId, Granularity granularity, CancellationToken cancellationToken)
    {
        var figures = await FiguresAsync(eventId, cancellationToken);
        var range = new TimelineRange(granularity, figures.AsOf.AddDays(-7), figures.AsOf.AddDays(7));
        return await Services.GetRequiredService<TimelineReader>().ReadAsync(figures.Event, figures.Held, range, cancellationToken);
    }

    public async Task<(IReadOnlyList<SeatAnalytics> Rows, string? Next)> SeatsAsync(string eventId, SeatFilter filter, CancellationToken cancellationToken)
    {
        var parts = await Services.GetRequiredService<SeatPlanReader>().FindPartsAsync(eventId, cancellationToken);
        return await Services.GetRequiredService<SeatFigureReader>().ReadAsync(await EventAsync(eventId, cancellationToken), parts!, filter, cancellationToken);
    }

    public async Task<UserAnalytics> UserAsync(string userId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var bookings = await Services.GetRequiredService<UserReader>().ReadBookingsAsync(userId, cancellationToken);
        var known = await Services.GetRequiredService<EventReader>().FindManyAsync(bookings.Select(booking => booking.EventId), cancellationToken);
        return GetUserAnalytics.Sum(userId, bookings, known, now);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
    }
}
