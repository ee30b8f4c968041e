using Evently.Shared.Modules;
using Evently.Shared.Storage;
using MassTransit;
using MassTransit.Context;
using MassTransit.Saga;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Sagas;

/// <summary>
/// MassTransit's saga repository on the module's table. It reads strongly and only adds its write to the unit of work: instance and outbox
/// rows commit together, when the filter commits.
/// </summary>
internal sealed partial class SagaRepositoryContextFactory<TModule, TSaga>(
    UnitOfWork<TModule> unit,
    ModuleTable<TModule> table,
    SagaItems<TSaga> items,
    ISagaGuard<TSaga> guard,
    ILogger<SagaRepositoryContextFactory<TModule, TSaga>> logger)
    : ISagaRepositoryContextFactory<TSaga>
    where TModule : IModule
    where TSaga : class, IVersionedSaga
{
    public Task Send<T>(ConsumeContext<T> context, IPipe<SagaRepositoryContext<TSaga, T>> next)
        where T : class => next.Send(new Context<T>(context, this));

    public Task SendQuery<T>(ConsumeContext<T> context, ISagaQuery<TSaga> query, IPipe<SagaRepositoryQueryContext<TSaga, T>> next)
        where T : class => throw new NotSupportedException("Sagas are found by their correlation id only.");

    public void Probe(ProbeContext context) => context.Add("persistence", "evently");

    private sealed class Context<TMessage>(ConsumeContext<TMessage> consume, SagaRepositoryContextFactory<TModule, TSaga> repository)
        : ConsumeContextScope<TMessage>(consume), SagaRepositoryContext<TSaga, TMessage>
        where TMessage : class
    {
        private readonly ConsumeContext<TMessage> _consume = consume;
        private Item? _read;

        public Task<SagaConsumeContext<TSaga, TMessage>> Add(TSaga instance) => Wrap(_consume, instance);

        // Null: the caller goes on with Load. The insert is guarded when it is committed.
        public Task<SagaConsumeContext<TSaga, TMessage>> Insert(TSaga instance) => Task.FromResult<SagaConsumeContext<TSaga, TMessage>>(null!);

        public async Task<SagaConsumeContext<TSaga, TMessage>> Load(Guid correlationId)
        {
            _read = await repository.LoadAsync(correlationId, CancellationToken);
            if (_read is not null)
                return await Wrap(_consume, repository.Items.Read(_read));
            Log.NoInstance(repository.Logger, typeof(TSaga).Name, typeof(TMessage).Name, correlationId);
            return null!;
        }

        public Task Save(SagaConsumeContext<TSaga> context) =>
            repository.CollectAsync(context.Saga, repository.Items.Insert(context.Saga));

        public Task Update(SagaConsumeContext<TSaga> context)
        {
            var write = repository.Items.Save(context.Saga, _read!, evenIfUnchanged: !repository.Pending.IsEmpty, unsent: []);
            return repository.CollectAsync(context.Saga, write, carried: _read!);
        }

        // A finished instance stays until its time to live: it is what tells a late message that all is done.
        public Task Delete(SagaConsumeContext<TSaga> context) => Update(context);

        public Task Discard(SagaConsumeContext<TSaga> context) => Task.CompletedTask;

        public Task Undo(SagaConsumeContext<TSaga> context) => Task.CompletedTask;

        public Task<SagaConsumeContext<TSaga, T>> CreateSagaConsumeContext<T>(ConsumeContext<T> consumeContext, TSaga instance, SagaConsumeContextMode mode)
            where T : class => Wrap(consumeContext, instance);

        private static Task<SagaConsumeContext<TSaga, T>> Wrap<T>(ConsumeContext<T> context, TSaga instance)
            where T : class => Task.FromResult<SagaConsumeContext<TSaga, T>>(new DefaultSagaConsumeContext<TSaga, T>(context, instance));
    }

    private SagaItems<TSaga> Items => items;

    private ILogger Logger => logger;

    private PendingCommit Pending => unit.Pending;

    private ValueTask<Item?> LoadAsync(Guid correlationId, CancellationToken cancellationToken) =>
        table.GetAsync(items.KeyOf(correlationId), Consistency.Strong, cancellationToken);

    private async Task CollectAsync(TSaga saga, Write? write, Item? carried = null)
    {
        unit.Pending.SagaGroup = items.Store.GroupOf(saga);
        if (write is null)
            return;
        var (id, version, dueAt) = (saga.CorrelationId, saga.Version, items.Store.DueAt(saga));
        await guard.SavingAsync(id, dueAt, sending: []);
        unit.Add(write);
        if (carried is not null)
            guard.NotSent(items.UnsentOf(carried)).ToList().ForEach(unit.Pending.Add);
        unit.Pending.WhenApplied(() => guard.Saved(id, version, dueAt));
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "There is no {Saga} for the {Message} with id {CorrelationId}")]
        public static partial void NoInstance(ILogger logger, string saga, string message, Guid correlationId);
    }
}
