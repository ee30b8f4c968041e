namespace Evently.Shared.Messaging;

/// <summary>
/// A message that stays wholly inside one module and that the module's own state can issue again (the due index finds what waits). It needs
/// no outbox row: after the commit it is handed to the module's handlers and saga in this process, and a crash in between costs nothing but time.
/// Make it a record: of two that are equal, one is handled, and again once if the second came while the first was at work.
/// </summary>
public interface ILocalMessage
{
    /// <summary>Where it waits for its turn.</summary>
    LocalLane Lane => LocalLane.Default;
}

/// <summary>
/// A lane of local messages. Lanes do not wait for each other, so that what is slow, or comes by the thousand, holds up only its own kind.
/// </summary>
/// <param name="Name">In metrics.</param>
/// <param name="Concurrency">
/// Messages that are handled at a time. A handler that waits costs no thread, only some memory, so a lane whose handlers mostly wait may be wide.
/// </param>
public sealed record LocalLane(string Name, int Concurrency)
{
    public static readonly LocalLane Default = new("default", 128);
}
