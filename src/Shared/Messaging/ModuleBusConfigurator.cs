using MassTransit;

namespace Evently.Shared.Messaging;

/// <summary>What a module handles. Its queue subscribes to exactly the message types named by the consumers and sagas added here.</summary>
public abstract class ModuleBusConfigurator
{
    public abstract void Consumer<TConsumer>()
        where TConsumer : class, IConsumer;

    /// <summary>Adds a handler of local messages, one for the process: it has no scope, and commits by what it calls.</summary>
    public abstract void Handler<THandler>()
        where THandler : class;

    /// <summary>Adds a saga with its repository, its due index and the workers that fire what is due.</summary>
    public abstract void Saga<TStateMachine, TSaga, TStore>()
        where TStateMachine : class, SagaStateMachine<TSaga>
        where TSaga : class, IVersionedSaga
        where TStore : class, ISagaStore<TSaga>;
}
