using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Messaging.Local;
using Evently.Shared.Messaging.Outbox;
using Evently.Shared.Storage;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Sagas;

/// <summary>
/// Wakes the sagas that this process watches when they are due, has the relay try again what they had to say and could not, and takes over those of processes
/// that run no more. What can't be brought forward, or not read, goes into the due index, where <see cref="DueWorker{TSaga}"/> goes on with it and support finds it.
/// </summary>
internal sealed partial class WatchWorker<TSaga>(
    ModuleIdentity module,
    ModuleTable table,
    SagaItems<TSaga> items,
    SagasInHand<TSaga> inHand,
    SagaWatch<TSaga> watch,
    LocalDispatcher dispatcher,
    OutboxRelay relay,
    UnreadableItems unreadable,
    TimeProvider time,
    ILogger<WatchWorker<TSaga>> logger) : DueWorker
    where TSaga : class, IVersionedSaga
{
    private const int Concurrency = 16;
    private const int ChecksPerStep = 1_000;
    private const int PagesPerStep = 200;

    /// <summary>Wakings that changed nothing, with growing pauses: some 15 seconds.</summary>
    private const int MostWakings = 4;

    private static readonly TimeSpan AdoptInterval = TimeSpan.FromSeconds(5);
    private long? _adoptedAt;

    public override int Overdue => watch.CountOverdue();

    /// <summary>Wakes what is due, takes over what others left, and removes pages that are done with.</summary>
    public override async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var adopted = await AdoptAsync(cancellationToken);
        var due = watch.TakeDue(ChecksPerStep);
        await Parallel.ForEachAsync(
            due,
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken },
            (watched, token) => CheckAsync(watched, token));
        await watch.Pages.RemoveEmptyAsync(cancellationToken);
        return adopted + due.Count;
    }

    private async ValueTask CheckAsync(WatchedSaga watched, CancellationToken cancellationToken)
    {
        try
        {
            if (await table.GetAsync(items.KeyOf(watched.Id), Consistency.Strong, cancellationToken) is not { } item)
            {
                watch.TakeUnsent(watched, []);
                watch.StopWaiting(watched);
                return;
            }

            Send(watched, item);
            await WakeAsync(watched, item, cancellationToken);
        }
#pragma warning disable CA1031 // One broken instance must not stop the others; it is checked again.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Log.Failed(logger, typeof(TSaga).Name, watched.Id, exception);
        }
        finally
        {
            watch.CheckAgain(watched);
        }
    }

    /// <summary>What an item says that can't be read is sent when it can.</summary>
    private void Send(WatchedSaga watched, Item item)
    {
        if (unreadable.TryRead(item, items.UnsentOf) is not { } kept)
            return;
        var rows = watch.TakeUnsent(watched, kept).Select(message => OutboxRows.At(watch.HomeOf(watched.Id), message)).ToList();
        relay.Expect(rows);
        relay.HandOver(rows);
    }

    /// <summary>What can't be read counts as due, and after some tries goes where support sees it.</summary>
    private async ValueTask WakeAsync(WatchedSaga watched, Item item, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var saga = unreadable.TryRead(item, items.Read);
        var due = saga is null ? now : items.Store.DueAt(saga);
        if (due is not { } dueAt || item.Has(WellKnown.IndexPartition))
        {
            watch.StopWaiting(watched);
        }
        else if (saga is not null && dueAt > now)
        {
            watch.WaitUntil(watched, saga.Version, dueAt);
        }
        else if (watched.Wakings >= MostWakings)
        {
            // With the version that was read: who saves it meanwhile takes it out again.
            if ((await table.WriteAsync(items.IntoIndex(item, dueAt), cancellationToken)).Applied)
                watch.StopWaiting(watched);
        }
        else
        {
            watch.Woken(watched);
            if (saga is null)
                return;
            inHand.Put(watched.Id, item);
            await dispatcher.DispatchAsync(new LocalMessage((ILocalMessage)items.Store.DueMessage(watched.Id, dueAt), TraceParent: null), cancellationToken);
        }
    }

    /// <summary>Others' sagas, once they run no more: those that wait, and those whose insert may still be on its way.</summary>
    private async Task<int> AdoptAsync(CancellationToken cancellationToken)
    {
        if (_adoptedAt is { } last && time.GetElapsedTime(last) < AdoptInterval)
            return 0;
        var adopted = 0;
        await foreach (var (key, ids) in watch.Pages.FindLeftAsync([module.QueueName], cancellationToken))
        {
            await AdoptAsync(key, ids, cancellationToken);
            if (++adopted == PagesPerStep)
                return adopted;
        }

        _adoptedAt = time.GetTimestamp();
        return adopted;
    }

    private async Task AdoptAsync(ItemKey key, IReadOnlyList<Guid> ids, CancellationToken cancellationToken)
    {
        var read = await table.GetManyAsync([.. ids.Select(items.KeyOf)], Consistency.Strong, cancellationToken);
        var now = time.GetUtcNow();
        var waiting = ids.Zip(read).Where(pair => pair.Second is { } item ? MayWait(item) : IsYoung(pair.First, now)).Select(pair => pair.First).ToList();
        if (waiting.Count == 0)
        {
            await table.WriteAsync(Write.Delete(key, Condition.Always), cancellationToken);
            return;
        }

        var page = await watch.Pages.AdoptAsync(key, waiting, cancellationToken);
        foreach (var id in waiting)
            watch.Watch(id, page, now, isDoubtful: true);
    }

    /// <summary>What can't be read may, and what keeps messages may have them still to send.</summary>
    private bool MayWait(Item item) => SagaItems<TSaga>.KeepsMessages(item) || unreadable.TryRead(item, items.Read) is not { } saga || items.Store.DueAt(saga) is not null;

    private static bool IsYoung(Guid id, DateTimeOffset now) => now - Ids.Ulid.FromGuid(id).Time < SagaWatch<TSaga>.LongestCommit;

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Waking {Saga} {Id} failed; it will be woken again")]
        public static partial void Failed(ILogger logger, string saga, Guid id, Exception exception);
    }
}
