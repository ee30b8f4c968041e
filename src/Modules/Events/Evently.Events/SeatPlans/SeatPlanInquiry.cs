using System.Collections.Concurrent;
using System.Text.Json;
using Evently.Events.Contracts;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Venues.Contracts;

namespace Evently.Events.SeatPlans;

/// <summary>
/// Asks the venue's owner what an event would sell, and waits for the answer. The answer's message may be handled by any instance: the one
/// that asks hands it over in memory, another one leaves it in the table.
/// </summary>
internal sealed class SeatPlanInquiry(ModuleTable<EventsModule> table, TimeProvider time)
{
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    /// <summary>How long an answer that nobody in this process waits for is kept; its asker is gone long before.</summary>
    private static readonly TimeSpan AnswerRetention = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);
    private const string Document = "doc";

    private readonly ConcurrentDictionary<string, TaskCompletionSource<SeatPlanAnswered>> _askers = new(StringComparer.Ordinal);

    /// <summary>Null when the owner did not answer in time.</summary>
    public async Task<SeatPlanAnswered?> AskAsync(string eventId, string venueId, UnitOfWork<EventsModule> unitOfWork, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<SeatPlanAnswered>(TaskCreationOptions.RunContinuationsAsynchronously);
        _askers[eventId] = answer;
        try
        {
            unitOfWork.Publish(new SeatPlanRequested(eventId, venueId), eventId);
            await unitOfWork.CommitAsync(cancellationToken);
            return await WaitAsync(eventId, answer.Task, cancellationToken);
        }
        finally
        {
            _askers.TryRemove(eventId, out _);
        }
    }

    /// <summary>Hands the answer to its asker.</summary>
    /// <returns>The write that leaves it for an asker in another process; null when the asker was here.</returns>
    public Write? Deliver(SeatPlanAnswered answer)
    {
        if (_askers.TryGetValue(answer.EventId, out var asker))
        {
            asker.TrySetResult(answer);
            return null;
        }

        var attributes = new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            [Document] = JsonSerializer.SerializeToUtf8Bytes(answer, EventsJson.Default.SeatPlanAnswered),
            [WellKnown.TimeToLive] = (time.GetUtcNow() + AnswerRetention).ToUnixTimeSeconds(),
        };
        return Write.Put(Keys.SeatPlanAnswer(answer.EventId), attributes, Condition.Always);
    }

    private async Task<SeatPlanAnswered?> WaitAsync(string eventId, Task<SeatPlanAnswered> answer, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var pause = FirstPause;
        while (time.GetElapsedTime(started) < LongestWait)
        {
            await Task.WhenAny(answer, Task.Delay(pause, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (answer.IsCompletedSuccessfully)
                return await answer;
            if (await table.GetAsync(Keys.SeatPlanAnswer(eventId), Consistency.Strong, cancellationToken) is { } item)
                return JsonSerializer.Deserialize(item[Document].Binary.Span, EventsJson.Default.SeatPlanAnswered);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }

        return null;
    }
}
