namespace Evently.Api.Tests.Driver;

/// <summary>What the hosts under test run on: here the embedded engine. Evently.Api.Cloud.Tests compiles the same tests with a backend of its own.</summary>
public sealed class Backend : IAsyncDisposable
{
    private readonly Dictionary<string, string?> _nothing = [];

    /// <summary>Why it can't run on this machine; null where it does.</summary>
    public string? Missing { get; }

    public static Task<Backend> StartAsync() => Task.FromResult(new Backend());

    /// <summary>Environment variables of a host that keeps its data under this name. Every host has a data directory of its own, so that there is nothing to set.</summary>
    public IReadOnlyDictionary<string, string?> Settings(string name) => _nothing;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
