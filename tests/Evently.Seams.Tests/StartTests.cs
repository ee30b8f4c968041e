using System.Collections.Concurrent;
using Evently.Shared.Storage;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Evently.Seams.Tests;

/// <summary>A whole start on a table in a bad minute.</summary>
public sealed class StartTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("evently-start-").FullName;
    private readonly ConcurrentDictionary<(TableOperation, string), bool> _failed = new();

    [Theory]
    [InlineData(TableFault.Unavailable)]
    [InlineData(TableFault.Throttled)]
    [InlineData(TableFault.UnknownAfterWrite)]
    [InlineData(TableFault.UnknownWithoutWrite)]
    public async Task A_start_goes_on_though_the_table_fails_it_wherever_it_asks_for_the_first_time(TableFault fault)
    {
        await using var factory = new WebApplicationFactory<Program>().WithWebHostBuilder(builder =>
        {
            builder.UseSetting("Evently:Storage:Engine", "dynamodb");
            builder.UseSetting("Evently:Storage:DataDirectory", _directory);
            builder.UseSetting("Evently:Users:PasswordIterations", "1000");
            builder.UseSetting("Evently:Auth:SigningKey", "a signing key for tests, long enough to sign with");
            builder.UseSetting("Evently:Auth:BootstrapAdmin:Email", EventlyProcess.AdminEmail);
            builder.UseSetting("Evently:Auth:BootstrapAdmin:Password", EventlyProcess.Password);
            builder.ConfigureLogging(logging => logging.ClearProviders());
            builder.ConfigureTestServices(services => services
                .UseMemoryQueues()
                .AddSingleton<ITableEngine>(provider => new FaultyTableEngine(new MemoryTableEngine(provider.GetRequiredService<TimeProvider>()), FailOnce)));
        });
        using var client = factory.CreateClient();

        using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.True(answer.IsSuccessStatusCode);
        Assert.Contains(_failed.Keys, key => key is (TableOperation.Write, "MESSAGING#INSTANCES"));
        Assert.Contains(_failed.Keys, key => key is (TableOperation.Transact, _));

        TableFault FailOnce(TableCall call) => call.Operation != TableOperation.Ping && _failed.TryAdd((call.Operation, call.Partition), true) ? fault : TableFault.None;
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
