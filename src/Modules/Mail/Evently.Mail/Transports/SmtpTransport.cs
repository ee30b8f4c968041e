using System.Net.Sockets;
using Evently.Shared.Messaging;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Evently.Mail.Transports;

/// <summary>Hands mails to a mail server. A server that is away, busy or that does not let us in is asked again later; a mail that it refuses is not.</summary>
internal sealed class SmtpTransport(IOptions<MailOptions> options) : IMailTransport, IDisposable
{
    /// <summary>Connections at a time: what servers commonly allow one client, and what keeps a slow one from taking all of the module's places.</summary>
    private const int MostConnections = 4;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _connections = new(MostConnections);

    public async Task<string?> SendAsync(string mailId, MimeMessage mail, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await _connections.WaitAsync(cancellationToken);
        try
        {
            bound.CancelAfter(Bound);
            return await SendOnceAsync(mail, bound.Token);
        }
        catch (SmtpCommandException exception) when (IsForGood(exception))
        {
            // The server's text may repeat the address; its code says enough.
            return $"The mail server refused it ({(int)exception.StatusCode}, {exception.ErrorCode}).";
        }
        catch (NotSupportedException)
        {
            return "The mail server takes no addresses in other scripts.";
        }
        catch (Exception exception) when (IsServers(exception) && !cancellationToken.IsCancellationRequested)
        {
            throw new ServiceUnavailableException("The mail server did not take on a mail.", exception);
        }
        finally
        {
            _connections.Release();
        }
    }

    public void Dispose() => _connections.Dispose();

    private static bool IsServers(Exception exception) =>
        exception is IOException or SocketException or ProtocolException or CommandException or OperationCanceledException
            or AuthenticationException or ServiceNotAuthenticatedException or SslHandshakeException;

    /// <summary>5xx about the mail or its reader (RFC 5321, 4.2.1); about us it may change with the next configuration.</summary>
    private static bool IsForGood(SmtpCommandException exception) =>
        (int)exception.StatusCode is >= 500 and < 600 && exception.ErrorCode is SmtpErrorCode.RecipientNotAccepted or SmtpErrorCode.MessageNotAccepted;

    private async Task<string?> SendOnceAsync(MimeMessage mail, CancellationToken cancellationToken)
    {
        var smtp = options.Value.Smtp;
        using var client = new SmtpClient();
        await ConnectAsync(client, smtp, cancellationToken);
        if (smtp is { User: { } user, Password: { } password })
            await AuthenticateAsync(client, user, password, cancellationToken);
        await client.SendAsync(FormatOptions.Default, mail, cancellationToken);

        // The mail is the server's now, whatever becomes of the farewell.
        try
        {
            await client.DisconnectAsync(quit: true, cancellationToken);
        }
        catch (Exception exception) when (IsServers(exception))
        {
            // Closed all the same.
        }

        return null;
    }

    private static async Task ConnectAsync(SmtpClient client, SmtpOptions smtp, CancellationToken cancellationToken)
    {
        try
        {
            await client.ConnectAsync(smtp.Host, smtp.Port, SecurityOf(smtp), cancellationToken);
        }
        catch (NotSupportedException exception)
        {
            throw new ServiceUnavailableException("The mail server offers no TLS.", exception);
        }
    }

    private static async Task AuthenticateAsync(SmtpClient client, string user, string password, CancellationToken cancellationToken)
    {
        try
        {
            await client.AuthenticateAsync(user, password, cancellationToken);
        }
        catch (NotSupportedException exception)
        {
            throw new ServiceUnavailableException("The mail server lets nobody log in here.", exception);
        }
    }

    private static SecureSocketOptions SecurityOf(SmtpOptions smtp) => smtp.Security switch
    {
        SmtpOptions.Tls => SecureSocketOptions.SslOnConnect,
        SmtpOptions.None => SecureSocketOptions.None,
        _ => SecureSocketOptions.StartTls,
    };
}
