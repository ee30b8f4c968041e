using System.Net;
using Evently.Load.Http;

namespace Evently.Load.Loops;

/// <summary>The connections of a measurement's clients.</summary>
internal sealed class Connections : IDisposable
{
    /// <summary>Not more at a time than wait in the queue of a listening socket.</summary>
    private const int OpenedAtATime = 100;

    private Connections(LoadConnection[] all) => All = all;

    public IReadOnlyList<LoadConnection> All { get; }

    public static async Task<Connections> OpenAsync(IPEndPoint address, int count)
    {
        var connections = new Connections([.. Enumerable.Range(0, count).Select(_ => new LoadConnection(address))]);
        foreach (var some in connections.All.Chunk(OpenedAtATime))
            await Task.WhenAll(some.Select(connection => connection.OpenAsync().AsTask()));
        return connections;
    }

    /// <summary>The bound of a measurement: whoever still waits for an answer then has failed.</summary>
    public IDisposable CloseAfter(TimeSpan time)
    {
        var end = new CancellationTokenSource(time, TimeProvider.System);
        end.Token.Register(Dispose);
        return end;
    }

    public void Dispose()
    {
        foreach (var connection in All)
            connection.Dispose();
    }
}
