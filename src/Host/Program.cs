using Evently.Analytics;
using Evently.Booking;
using Evently.Events;
using Evently.Host.Demo;
using Evently.Host.Health;
using Evently.Host.Start;
using Evently.Mail;
using Evently.Shared.Http;
using Evently.Shared.Modules;
using Evently.Shared.Storage;
using Evently.Shared.Telemetry;
using Evently.Users;
using Evently.Venues;
using Scalar.AspNetCore;

if (Probe.IsAsked(args))
    return await Probe.RunAsync(args);

try
{
    var builder = HostBuilding.Create(args);
    builder.Services.AddStorage(builder.Configuration);
    var modules = builder.Services.AddEventlyModules(builder.Configuration, registry => registry
        .Add<VenuesModule>()
        .Add<EventsModule>()
        .Add<BookingModule>()
        .Add<UsersModule>()
        .Add<MailModule>()
        .Add<AnalyticsModule>());
    builder.Services.AddEventlyHttp(builder.Configuration, HostBuilding.KeyDirectory(builder.Configuration));
    builder.Services.StopGradually(HostBuilding.IsOneOfMany(builder.Configuration));
    builder.Services.AddEventlyTelemetry(builder.Configuration, HealthReport.Version, HostBuilding.InstanceName);
    builder.Services.AddEndpoints(modules);
    builder.Services.AddHealth();
    if (DemoMode.IsAsked(args))
        builder.AddDemo();

    await using var app = builder.Build();
    app.UseEventlyHttp();
    app.MapEvently(endpoints =>
    {
        endpoints.MapEndpoints();
        endpoints.MapHealth();
        endpoints.MapHomePage();
        endpoints.MapTokenPages();
        endpoints.MapApiDocument();
        endpoints.MapScalarApiReference("/docs", DocsPage.Configure).Public();
    });
    app.CheckSettings();
    if (Replay.IsAsked(args))
        return await Replay.RunAsync(args, app.Services);
    return await Run.UntilStoppedAsync(app);
}
catch (Exception exception) when (StartFailure.Sentence(exception) is { } sentence)
{
    await Console.Error.WriteLineAsync(sentence);
    return StartFailure.ExitCode;
}

/// <summary>Public so that tests can host it.</summary>
public partial class Program;
