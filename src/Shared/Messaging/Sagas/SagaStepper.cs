using System.Runtime.ExceptionServices;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Sagas;

/// <summary>
/// Takes the steps of a saga that messages inside the process ask for: instance, state machine, one commit, without MassTransit's receive pipeline around
/// it, which is for what comes from a queue.
/// </summary>
internal sealed partial class SagaStepper<TSaga>(
    SagaStateMachine<TSaga> machine,
    SagaItems<TSaga> items,
    SagasInHand<TSaga> inHand,
    ISagaGuard<TSaga> guard,
    ModuleTable table,
    Func<PendingCommit> begin,
    IdGenerator ids,
    ILogger<SagaStepper<TSaga>> logger)
    where TSaga : class, IVersionedSaga
{
    private enum Outcome
    {
        Committed,
        NothingToSave,
        Refused,
    }

    /// <exception cref="CommitRefusedException">The instance went on between its read and the commit.</exception>
    public async Task TakeAsync<TMessage>(Event<TMessage> @event, TMessage message, CancellationToken cancellationToken)
        where TMessage : class, CorrelatedBy<Guid>
    {
        var id = message.CorrelationId;

        // Only a commit proves that what was in hand was the latest.
        if (inHand.Take(id) is { } known && await StepAsync(@event, message, known, orElseNothing: true, cancellationToken) == Outcome.Committed)
            return;
        if (await table.GetAsync(items.KeyOf(id), Consistency.Strong, cancellationToken) is not { } stored)
            Log.NoInstance(logger, typeof(TSaga).Name, typeof(TMessage).Name, id);
        else if (await StepAsync(@event, message, stored, orElseNothing: false, cancellationToken) == Outcome.Refused)
            throw new CommitRefusedException([stored.Key.ToString()]);
    }

    /// <param name="orElseNothing">Whether a step that changes nothing about the instance does nothing else either.</param>
    private async Task<Outcome> StepAsync<TMessage>(
        Event<TMessage> @event, TMessage message, Item item, bool orElseNothing, CancellationToken cancellationToken)
        where TMessage : class, CorrelatedBy<Guid>
    {
        var saga = items.Read(item);
        var commit = begin();
        commit.SagaGroup = items.Store.GroupOf(saga);
        await RaiseAsync(@event, new StepContext<TSaga, TMessage>(saga, message, ids.Next().ToGuid(), commit, cancellationToken));
        var carried = guard.NotSent(items.UnsentOf(item));
        var isKept = guard.KeepsMessages && commit.IsMessagesOnly;
        IReadOnlyList<OutgoingMessage> kept = isKept ? [.. carried, .. commit.Messages] : [];
        var save = items.Save(saga, item, evenIfUnchanged: !commit.IsEmpty, kept);
        if (save is null)
            return orElseNothing || (await commit.CommitAsync(cancellationToken)).Applied ? Outcome.NothingToSave : Outcome.Refused;

        var sending = guard.NotInHand(saga.CorrelationId, kept);
        if (isKept)
            commit.KeepAt(guard.HomeOf(saga.CorrelationId), sending);
        else
            carried.ToList().ForEach(commit.Add);
        commit.Add(save);
        if (!await guard.CommitAsync(saga, items.Store.DueAt(saga), sending, async () => (await commit.CommitAsync(cancellationToken)).Applied))
            return Outcome.Refused;
        inHand.Put(saga.CorrelationId, new Item(save.Key, save.Attributes));
        return Outcome.Committed;
    }

    /// <summary>Throws what the step threw, without the state machine's wrappings.</summary>
    private async Task RaiseAsync<TMessage>(Event<TMessage> @event, StepContext<TSaga, TMessage> context)
        where TMessage : class
    {
        try
        {
            await machine.RaiseEvent(new MassTransitStateMachine<TSaga>.BehaviorContextProxy<TMessage>(machine, context, context, @event));
        }
        catch (EventExecutionException exception)
        {
            Exception cause = exception;
            while (cause is EventExecutionException { InnerException: { } inner })
                cause = inner;
            ExceptionDispatchInfo.Throw(cause);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "There is no {Saga} for the {Message} with id {CorrelationId}")]
        public static partial void NoInstance(ILogger logger, string saga, string message, Guid correlationId);
    }
}
