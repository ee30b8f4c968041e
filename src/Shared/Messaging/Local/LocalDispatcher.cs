using Evently.Shared.Ids;
using Evently.Shared.Messaging.Hosting;

namespace Evently.Shared.Messaging.Local;

/// <summary>Runs a local message through the module's consumers in this process, again when its commit was refused.</summary>
internal sealed class LocalDispatcher(ModuleReceiver receiver, IdGenerator ids, TimeProvider time)
{
    private const int Attempts = 8;
    private const int ImmediateAttempts = 3;
    private const int JitterMilliseconds = 8;

    public async Task DispatchAsync(LocalMessage message, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await receiver.HandleAsync(message, cancellationToken);
                return;
            }
            catch (CommitRefusedException) when (attempt < Attempts)
            {
                // Whoever won has moved the state on; a crowd on one instance is spread out.
                if (attempt >= ImmediateAttempts)
                    await Task.Delay(TimeSpan.FromMilliseconds(1 + ids.NextInt(JitterMilliseconds << (attempt - ImmediateAttempts))), time, cancellationToken);
            }
        }
    }
}
