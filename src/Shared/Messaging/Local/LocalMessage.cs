namespace Evently.Shared.Messaging.Local;

/// <param name="TraceParent">W3C trace context of the one who posted it.</param>
internal sealed record LocalMessage(ILocalMessage Message, string? TraceParent);
