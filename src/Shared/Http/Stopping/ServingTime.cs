namespace Evently.Shared.Http;

/// <summary>
/// The end of a process's serving. It comes after the host was told to stop: first the process says that it is not ready and serves on, then waits of requests
/// end (<see cref="Closing"/>), then connections are refused.
/// </summary>
public sealed class ServingTime : IDisposable
{
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Cancelled when requests that only wait must answer with what they know.</summary>
    public CancellationToken Closing => _closing.Token;

    internal Task CloseAsync() => _closing.CancelAsync();

    public void Dispose() => _closing.Dispose();
}
