using System.Globalization;

namespace Evently.Shared.Messaging.Embedded;

/// <summary>A receipt names the entry and the receive that it came from.</summary>
internal static class QueueReceipt
{
    private const char Separator = '/';

    public static string Of(QueueEntry entry, int generation) => string.Create(CultureInfo.InvariantCulture, $"{generation}{Separator}{entry.Key}");

    public static long KeyOf(string receipt) =>
        long.Parse(receipt.AsSpan(receipt.IndexOf(Separator, StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);

    public static int GenerationOf(string receipt) =>
        int.Parse(receipt.AsSpan(0, receipt.IndexOf(Separator, StringComparison.Ordinal)), CultureInfo.InvariantCulture);
}

internal static class QueueWaiting
{
    private static readonly TimeSpan Grain = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// Long polling on an index in this process: asks <paramref name="take"/>, and again whenever something was sent or becomes visible, until
    /// it has something or <paramref name="wait"/> is over.
    /// </summary>
    public static async ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(
        QueueIndex index,
        TimeProvider time,
        TimeSpan wait,
        Func<ValueTask<List<ReceivedMessage>>> take,
        CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var changed = index.Changed;
            var taken = await take();
            if (taken.Count > 0)
                return taken;
            var left = wait - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
                return [];
            if (index.NextVisibleIn is { } next && next < left)
                left = next > TimeSpan.Zero ? next + Grain : Grain;
            await WaitAsync(changed, left, time, cancellationToken);
        }
    }

    private static async Task WaitAsync(Task changed, TimeSpan longest, TimeProvider time, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = Task.Delay(longest, time, enough.Token);
        await Task.WhenAny(changed, delay);
        await enough.CancelAsync();
    }
}
