using System.Globalization;
using Evently.Shared.Http;
using Evently.Shared.Messaging;

namespace Evently.Host.Start;

/// <summary>
/// <c>--replay-sent FROM [TO]</c>: sends again what left the outboxes between two times, and serves nothing. The last step of restoring a table: the
/// queues have no copy of the moment that the table went back to.
/// </summary>
internal static class Replay
{
    public const string Switch = "--replay-sent";
    private const int Done = 0;
    private const int NotDone = 1;

    public static bool IsAsked(string[] args) => args is [Switch, ..];

    public static async Task<int> RunAsync(string[] args, IServiceProvider services)
    {
        if (args is not [_, var first, .. var rest] || !Rfc3339.TryParse(first, out var from) || !TryEnd(rest, services, out var to) || to < from)
        {
            await Console.Error.WriteLineAsync($"{Switch} needs the time from when on, and may have one until when, such as {Switch} 2030-05-01T10:00:00Z 2030-05-01T12:00:00Z.");
            return NotDone;
        }

        try
        {
            var count = await services.GetRequiredService<MessageReplay>().RunAsync(from, to, CancellationToken.None);
            await Console.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"Sent {count} messages again, of {Rfc3339.Format(from)} to {Rfc3339.Format(to)}."));
            return Done;
        }
        catch (QueueUnavailableException exception)
        {
            await Console.Error.WriteLineAsync($"{exception.Message} Repeat the command: to send one twice does no harm.");
            return NotDone;
        }
    }

    /// <summary>Settings may follow, as in every start.</summary>
    private static bool TryEnd(string[] rest, IServiceProvider services, out DateTimeOffset to)
    {
        to = services.GetRequiredService<TimeProvider>().GetUtcNow();
        return rest is [] || rest[0].StartsWith("--", StringComparison.Ordinal) || Rfc3339.TryParse(rest[0], out to);
    }
}
