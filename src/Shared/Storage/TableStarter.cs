using Amazon.DynamoDBv2;
using Evently.Shared.Configuration;
using Evently.Shared.Storage.DynamoDb;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Evently.Shared.Storage;

/// <summary>Opens the table before anything else starts, so that what is wrong with it is said at start and not by the first request.</summary>
internal sealed class TableStarter(ITableEngine engine, IServiceProvider services, IOptions<StorageOptions> options, TimeProvider time, ILogger<DynamoDbTableSetup> logger)
    : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (engine is not DynamoDbTableEngine)
        {
            // A file that can't be used now can't be used in a minute.
            await engine.PingAsync(cancellationToken);
            return;
        }

        var (client, patience) = (services.GetRequiredService<IAmazonDynamoDB>(), services.GetRequiredService<StartPatience>());
        await new DynamoDbTableSetup(client, options.Value.TableName, options.Value.CreateTable, patience, time, logger).PrepareAsync(cancellationToken);
        await patience.ForAsync(StartPatience.Table, async token =>
        {
            await engine.PingAsync(token);
            return true;
        }, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
