using System.Diagnostics;
using Evently.Shared.Ids;
using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Storage;

namespace Evently.Shared.Messaging.Local;

/// <summary>
/// Has a local message handled in this process, again when its commit was refused or the store did not serve it: what was
/// half done waits for the due index otherwise, and that is seconds.
/// </summary>
internal sealed class LocalDispatcher(ModuleIdentity module, Lazy<LocalRoutes> routes, IdGenerator ids, TimeProvider time)
{
    private static readonly ActivitySource Source = new("Evently.Messaging");
    private const int Attempts = 8;
    private const int ImmediateAttempts = 3;
    private const int JitterMilliseconds = 8;

    /// <summary>Each with a retry budget of the engine's own, so that a caller hears of an outage soon.</summary>
    private const int UnservedAttempts = 3;

    private const int UnservedPauseMilliseconds = 50;

    /// <summary>Finds the handlers now rather than with the first message.</summary>
    public void Prepare() => _ = routes.Value;

    public async Task DispatchAsync(LocalMessage message, CancellationToken cancellationToken)
    {
        var (queue, step) = (module.QueueName, message.Message.GetType().Name);
        using var span = Source.StartActivity($"{queue} {step}", ActivityKind.Internal, message.TraceParent);
        var unserved = 0;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await routes.Value.HandleAsync(message.Message, cancellationToken);
                return;
            }
            catch (CommitRefusedException) when (attempt < Attempts)
            {
                // Whoever won has moved the state on; a crowd on one instance is spread out.
                if (attempt >= ImmediateAttempts)
                    await Task.Delay(TimeSpan.FromMilliseconds(1 + ids.NextInt(JitterMilliseconds << (attempt - ImmediateAttempts))), time, cancellationToken);
            }
            catch (TableUnavailableException exception) when (exception is not CommitRefusedException && ++unserved < UnservedAttempts)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1 + ids.NextInt(UnservedPauseMilliseconds << unserved)), time, cancellationToken);
            }
        }
    }
}
