using Evently.Shared.Messaging;
using Evently.Venues.Contracts;

namespace Evently.Venues.Seats;

/// <summary>Cuts a plan into messages that fit the queue.</summary>
internal static class SeatPlanMessages
{
    /// <summary>Far enough below <see cref="QueueLimits.MessageBytes"/> for the envelope around it.</summary>
    public const int PartBytes = 100 * 1024;

    /// <summary>JSON around a run's names: member names, quotes, two numbers.</summary>
    private const int BytesAroundRun = 80;

    /// <summary>A character that JSON escapes becomes <c>\uXXXX</c>.</summary>
    private const int BytesOfCharacter = 6;

    /// <returns>At least one part, also for a venue without seats.</returns>
    public static List<List<SeatRun>> Split(IReadOnlyList<SeatRun> runs)
    {
        var parts = new List<List<SeatRun>> { new() };
        var bytes = 0;
        foreach (var run in runs)
        {
            var size = BytesAroundRun + (BytesOfCharacter * (run.Section.Length + run.Row.Length + run.SeatType.Length));
            if (bytes + size > PartBytes)
            {
                parts.Add([]);
                bytes = 0;
            }

            parts[^1].Add(run);
            bytes += size;
        }

        return parts;
    }
}
