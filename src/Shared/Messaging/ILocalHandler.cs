namespace Evently.Shared.Messaging;

/// <summary>
/// Handles a message that stays inside its module. What it throws is handled again a bounded number of times when a commit was refused or the store did not
/// serve; else it is left to the due index.
/// </summary>
public interface ILocalHandler<in TMessage>
    where TMessage : class, ILocalMessage
{
    Task HandleAsync(TMessage message, CancellationToken cancellationToken);
}
