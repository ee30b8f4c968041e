using System.Net.Sockets;
using Evently.Shared.Configuration;
using Microsoft.Extensions.Options;

namespace Evently.Host.Start;

/// <summary>What an operator reads when the process cannot start: a sentence for what an operator can mend, a stack trace for what is a bug.</summary>
internal static class StartFailure
{
    public const int ExitCode = 2;

    /// <summary>Null for anything that is not the operator's to mend.</summary>
    public static string? Sentence(Exception exception) => exception switch
    {
        ConfigurationException configuration => configuration.Message,
        OptionsValidationException options => string.Join(Environment.NewLine, options.Failures),
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } inUse => inUse.Message,
        SocketException socket => $"The server cannot listen: {socket.Message}.",
        UnauthorizedAccessException access => access.Message,
        InvalidOperationException invalid when EventlyOptions.Explain(invalid) is { } sentence => sentence,
        AggregateException { InnerExceptions: [var only] } => Sentence(only),
        { InnerException: ConfigurationException inner } => inner.Message,
        _ => null,
    };
}
