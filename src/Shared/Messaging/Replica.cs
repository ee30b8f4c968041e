using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Shared.Messaging;

/// <summary>
/// Reads of what another module told this one. A thing that was created moments ago may not have arrived yet, so its reader waits for it,
/// bounded. An id says when it was made: only a recent one is worth the wait, so that a made-up id is answered at once. Not knowing is not a no: what is
/// so young that a copy may be late is never told not to exist.
/// </summary>
public sealed class Replica(TimeProvider time)
{
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(15);

    /// <summary>A made-up id costs a dozen reads; a late replica is found within half as long again as it was late.</summary>
    private const double PauseGrowth = 1.5;

    /// <summary>What <paramref name="load"/> answers, asked again for up to <see cref="LongestWait"/> while it is null and the id is recent.</summary>
    /// <param name="isKnownAbsent">Asked at the end of a wait in vain: whether it is known that there is nothing to come.</param>
    /// <returns>Null when there is no such thing.</returns>
    /// <exception cref="ReplicaLateException">The id is recent and nothing has come.</exception>
    public async ValueTask<T?> WaitForAsync<T>(
        Ulid id, Func<CancellationToken, ValueTask<T?>> load, CancellationToken cancellationToken, Func<CancellationToken, ValueTask<bool>>? isKnownAbsent = null)
        where T : class
    {
        var found = await load(cancellationToken);
        if (found is not null || !IsRecent(id))
            return found;
        var started = time.GetTimestamp();
        for (var pause = FirstPause; found is null && time.GetElapsedTime(started) is var waited && waited < LongestWait; pause *= PauseGrowth)
        {
            await Task.Delay(pause < LongestWait - waited ? pause : LongestWait - waited, time, cancellationToken);
            found = await load(cancellationToken);
        }

        if (found is not null || (isKnownAbsent is not null && await isKnownAbsent(cancellationToken)))
            return found;
        throw new ReplicaLateException($"{id} is younger than {Recent.TotalSeconds} s, and no message has told of it yet.");
    }

    private bool IsRecent(Ulid id) => (time.GetUtcNow() - id.Time).Duration() < Recent;
}

/// <summary>What was asked for is so young that this module's copy may be late: neither there nor known not to be. Over HTTP a 503.</summary>
public sealed class ReplicaLateException(string message) : TableUnavailableException(message);
