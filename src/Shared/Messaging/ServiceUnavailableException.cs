namespace Evently.Shared.Messaging;

/// <summary>
/// Something beside the store that a handler needs, such as a mail server, does not serve now. The message is not at fault: it comes again, with growing
/// pauses and without end, until its handler takes it or gives it up itself.
/// </summary>
public sealed class ServiceUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
