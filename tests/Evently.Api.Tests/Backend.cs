namespace Evently.Api.Tests.Driver;

/// <summary>What the hosts under test run on: here the embedded engine. Evently.Api.Cloud.Tests compiles the same tests with a backend of its own.</summary>
public sealed class Backend : IAsyncDisposable
{
    /// <summary>How many want the same at the same moment in the tests of contention.</summary>
    public const int Crowd = 500;

    /// <summary>How often the usual run kills a process in a storm.</summary>
    public const int Kills = 4;

    /// <summary>Whether it stores texts of no length.</summary>
    public const bool TakesEmptyTexts = true;

    /// <summary>Whether it may take longer than Evently waits, so that a call is answered 503 for nobody's fault.</summary>
    public const bool MayBeBusy = false;

    private readonly Dictionary<string, string?> _nothing = [];

    /// <summary>Why it can't run on this machine; null where it does.</summary>
    public string? Missing { get; }

    public static Task<Backend> StartAsync() => Task.FromResult(new Backend());

    /// <summary>Environment variables of a host that keeps its data under this name. Every host has a data directory of its own, so that there is nothing to set.</summary>
    public IReadOnlyDictionary<string, string?> Settings(string name) => _nothing;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
