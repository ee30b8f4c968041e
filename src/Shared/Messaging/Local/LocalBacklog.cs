using System.Threading.Channels;
using Evently.Shared.Messaging.Hosting;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Local;

/// <summary>Local messages of one module that wait for a worker of this process.</summary>
internal sealed partial class LocalBacklog(LocalDispatcher dispatcher, ILogger<LocalBacklog> logger)
{
    public const int Capacity = 10_000;

    /// <summary>Local messages that are handled at a time. Far more than cores: a handler may wait for seconds on a payment gateway.</summary>
    public const int Workers = 128;

    private readonly Channel<LocalMessage> _messages = Channel.CreateBounded<LocalMessage>(Capacity);
    private int _pending;

    /// <summary>Waiting and being handled.</summary>
    public int Depth => Volatile.Read(ref _pending);

    public bool TryPost(LocalMessage message)
    {
        Interlocked.Increment(ref _pending);
        if (_messages.Writer.TryWrite(message))
            return true;
        Interlocked.Decrement(ref _pending);
        Log.Full(logger, message.Message.GetType().Name);
        return false;
    }

    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _messages.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Handles one waiting message. What fails is logged and dropped: the due index issues it again.</summary>
    /// <returns>1, or 0 when nothing waited.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        if (!_messages.Reader.TryRead(out var message))
            return 0;
        try
        {
            await dispatcher.DispatchAsync(message, cancellationToken);
        }
#pragma warning disable CA1031 // A local message is no promise; one that fails must not stop the worker.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.Failed(logger, message.Message.GetType().Name, exception);
        }
        finally
        {
            Interlocked.Decrement(ref _pending);
        }

        return 1;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Handling the local message {Type} failed; the due index will issue it again")]
        public static partial void Failed(ILogger logger, string type, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The backlog of local messages is full; a {Type} is left to the due index")]
        public static partial void Full(ILogger logger, string type);
    }
}
