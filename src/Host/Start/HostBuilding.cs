using System.Globalization;
using Carter;
using Evently.Host.Demo;
using Evently.Shared.Configuration;
using Evently.Shared.Modules;
using Evently.Shared.Storage;

namespace Evently.Host.Start;

internal static class HostBuilding
{
    private const string DefaultAddress = "http://localhost:8080";

    /// <summary>The one deadline of a stop, shared by all that stops; orchestrators commonly kill after 30 s.</summary>
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(25);

    /// <summary>Tells apart the processes of one machine too.</summary>
    public static string InstanceName => string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}");

    public static WebApplicationBuilder Create(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            // The configuration's reader takes a switch's successor for its value, so the switch is kept from it.
            Args = [.. args.Where(argument => argument != DemoMode.Switch)],
            ContentRootPath = AppContext.BaseDirectory,
        });
        if (!NamesAddress(builder.Configuration))
            builder.WebHost.UseUrls(DefaultAddress);
        CheckAddresses(builder.Configuration["urls"]);
        builder.Logging.ClearProviders().AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.UseUtcTimestamp = true;
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTime);
        builder.Host.UseDefaultServiceProvider(container =>
        {
            container.ValidateOnBuild = true;
            container.ValidateScopes = true;
        });
        return builder;
    }

    /// <summary>Where a signing key is made when none is configured: beside the embedded store. Null where several instances have to share one.</summary>
    public static string? KeyDirectory(IConfiguration configuration) => IsOneOfMany(configuration) ? null : StorageOf(configuration).DataDirectory;

    /// <summary>Whether other processes may serve the same data.</summary>
    public static bool IsOneOfMany(IConfiguration configuration) => StorageOf(configuration).Engine != StorageOptions.Embedded;

    private static StorageOptions StorageOf(IConfiguration configuration) => configuration.GetSection(StorageOptions.Section).Get<StorageOptions>() ?? new StorageOptions();

    public static void AddEndpoints(this IServiceCollection services, ModuleRegistry modules) =>
        services.AddCarter(
            new DependencyContextAssemblyCatalog(typeof(Program).Assembly),
            carter => carter.WithModules([.. modules.Endpoints]).WithEmptyValidators().WithEmptyResponseNegotiators());

    public static void MapEndpoints(this IEndpointRouteBuilder endpoints) => endpoints.MapCarter();

    // The server would find these out only once everything else has started.
    private static void CheckAddresses(string? urls)
    {
        foreach (var url in urls?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [])
        {
            if (!url.Contains("://", StringComparison.Ordinal) || BindingAddress.Parse(url).Port is < 0 or > ushort.MaxValue)
                throw new ConfigurationException($"urls names '{url}', which is no address to listen on, such as {DefaultAddress}.");
        }
    }

    private static bool NamesAddress(ConfigurationManager configuration) =>
        !string.IsNullOrEmpty(configuration["urls"])
        || !string.IsNullOrEmpty(configuration["http_ports"])
        || !string.IsNullOrEmpty(configuration["https_ports"])
        || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
}
