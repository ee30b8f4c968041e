using Evently.Api.Cloud.Tests;
using Evently.Shared.Tests.Emulators;

namespace Evently.Api.Tests.Driver;

/// <summary>What the hosts under test run on: here DynamoDB Local and the SQS server.</summary>
public sealed class Backend : IAsyncDisposable
{
    /// <summary>
    /// How many want the same at the same moment in the tests of contention: DynamoDB Local serves some 300 calls a second, and Evently gives a call up after 5 s.
    /// </summary>
    public const int Crowd = 100;

    /// <summary>How often the usual run kills a process in a storm: one of three is killed as well, by InstanceCrashTests.</summary>
    public const int Kills = 2;

    /// <summary>Whether it stores texts of no length: DynamoDB does, DynamoDB Local is of a time before.</summary>
    public const bool TakesEmptyTexts = false;

    /// <summary>Whether it may take longer than Evently waits, so that a call is answered 503 for nobody's fault.</summary>
    public const bool MayBeBusy = true;

    private DynamoDbLocalServer? _table;
    private FauxSqsServer? _queues;

    /// <summary>Why it can't run on this machine; null where it does.</summary>
    public string? Missing { get; private set; }

    public static async Task<Backend> StartAsync()
    {
        var backend = new Backend();
        try
        {
            backend._table = await DynamoDbLocalServer.StartAsync(CancellationToken.None);
            backend._queues = await FauxSqsServer.StartAsync(CancellationToken.None);
        }
        catch (EmulatorMissingException exception) when (!Emulator.IsRequired)
        {
            backend.Missing = $"The emulators of AWS can't run: {exception.Message}";
        }

        return backend;
    }

    /// <summary>Environment variables of a host that keeps its data under this name: a table and queues of its own.</summary>
    public IReadOnlyDictionary<string, string?> Settings(string name) => CloudCluster.Settings(_table!.Address, _queues!.Address, name, name);

    public async ValueTask DisposeAsync()
    {
        if (_queues is not null)
            await _queues.DisposeAsync();
        if (_table is not null)
            await _table.DisposeAsync();
    }
}
