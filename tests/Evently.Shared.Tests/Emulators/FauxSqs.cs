using Amazon.Runtime;
using Amazon.SQS;
using Evently.Shared.Configuration;
using Evently.Shared.Messaging.Sqs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Emulators;

/// <summary>A client of the SQS server.</summary>
public sealed class FauxSqs : IAsyncLifetime
{
    public const string Collection = "fauxqs";
    private FauxSqsServer? _server;
    private string? _missing;

    internal IAmazonSQS Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        try
        {
            _server = await FauxSqsServer.StartAsync(CancellationToken.None);
        }
        catch (EmulatorMissingException exception) when (!Emulator.IsRequired)
        {
            _missing = exception.Message;
            return;
        }

        Client = new AmazonSQSClient(Config());
    }

    public void SkipIfMissing() => Assert.SkipWhen(_missing is not null, $"fauxqs can't run: {_missing}");

    /// <summary>For a client of one's own.</summary>
    internal AmazonSQSConfig Config() => SqsTransport.Configure(new AmazonSQSConfig
    {
        ServiceURL = _server!.Address.ToString(),
        AuthenticationRegion = "eu-central-1",
        DefaultAWSCredentials = new BasicAWSCredentials("local", "local"),
    });

    internal SqsTransport Transport(bool createQueues = true) => new(Client, createQueues, new StartPatience(TimeProvider.System, NullLogger<StartPatience>.Instance), TimeProvider.System, NullLogger<SqsQueue>.Instance);

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
    }
}

[CollectionDefinition(FauxSqs.Collection)]
public sealed class FauxSqsDefinition : ICollectionFixture<FauxSqs>;
