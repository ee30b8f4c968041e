namespace Evently.Shared.Messaging;

/// <summary>
/// A message that stays wholly inside one module and that the module's own state can issue again (the due index finds what waits). It needs
/// no outbox row: after the commit it is handed to the module's consumers in this process, and a crash in between costs nothing but time.
/// </summary>
#pragma warning disable CA1040 // A marker: the unit of work routes by it.
public interface ILocalMessage;
#pragma warning restore CA1040
