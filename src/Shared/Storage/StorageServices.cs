using System.Diagnostics.Metrics;
using Evently.Shared.Configuration;
using Amazon.DynamoDBv2;
using Evently.Shared.Ids;
using Evently.Shared.Storage.DynamoDb;
using Evently.Shared.Storage.Embedded;
using Evently.Shared.Telemetry.Aws;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Evently.Shared.Storage;

/// <summary>Registers the table (<see cref="ITableEngine"/>) and each module's handle on it (<see cref="ModuleTable{TModule}"/>).</summary>
public static class StorageServices
{
    /// <summary>The engine that the section <c>Evently:Storage</c> names; checked at start.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettingsSection<StorageOptions>("Storage").AddOptions<StorageOptions>().Bind(configuration.GetSection(StorageOptions.Section)).ValidateOnStart();
        return services.AddStorageCore();
    }

    public static IServiceCollection AddEmbeddedStorage(this IServiceCollection services, string dataDirectory) =>
        services.AddStorage(options => (options.Engine, options.DataDirectory) = (StorageOptions.Embedded, dataDirectory));

    private static IServiceCollection AddStorage(this IServiceCollection services, Action<StorageOptions> configure)
    {
        services.AddOptions<StorageOptions>().Configure(configure).ValidateOnStart();
        return services.AddStorageCore();
    }

    private static IServiceCollection AddStorageCore(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(static provider => new IdGenerator(provider.GetRequiredService<TimeProvider>()));
        services.AddMetrics();
        services.TryAddSingleton<AwsTelemetry>();
        services.TryAddSingleton<StartPatience>();
        services.TryAddSingleton<TableMetrics>();
        services.TryAddSingleton(static provider => DynamoDbClient.Open(
            provider.GetRequiredService<IOptions<StorageOptions>>().Value.TableName, provider.GetRequiredService<AwsTelemetry>()));
        services.AddSingleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>();
        services.AddSingleton(OpenDatabase);
        services.AddSingleton(static provider => OpenEngine(provider, provider.GetRequiredService<IOptions<StorageOptions>>().Value));
        services.AddMetrics();
        services.TryAddSingleton<UnreadableItems>();
        services.AddSingleton(typeof(ModuleTable<>));
        services.AddHostedService<TableStarter>();
        services.AddSingleton<ExpirySweeper>();
        services.AddHostedService(static provider => provider.GetRequiredService<ExpirySweeper>());
        return services;
    }

    private static EmbeddedDatabase OpenDatabase(IServiceProvider provider)
    {
        var database = EmbeddedDatabase.Open(
            provider.GetRequiredService<IOptions<StorageOptions>>().Value.DataDirectory,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<EmbeddedDatabase>>());
        database.Measure(provider.GetRequiredService<IMeterFactory>());
        return database;
    }

    private static ITableEngine OpenEngine(IServiceProvider provider, StorageOptions options) => options.Engine switch
    {
        StorageOptions.Embedded => new EmbeddedTableEngine(provider.GetRequiredService<EmbeddedDatabase>(), provider.GetRequiredService<TimeProvider>()),
        StorageOptions.DynamoDb => new DynamoDbTableEngine(
            provider.GetRequiredService<IAmazonDynamoDB>(),
            options.TableName,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IdGenerator>(),
            provider.GetRequiredService<TableMetrics>()),
        _ => throw new InvalidOperationException($"No engine for {StorageOptions.Section}:Engine '{options.Engine}'."),
    };
}
