using MimeKit;

namespace Evently.Mail.Transports;

/// <summary>Where mails go.</summary>
internal interface IMailTransport
{
    /// <summary>Hands the mail over. May be called again for the same id.</summary>
    /// <returns>Null once it is taken on; else why it never will be, without the address.</returns>
    /// <exception cref="Shared.Messaging.ServiceUnavailableException">Not now: it is tried again later.</exception>
    Task<string?> SendAsync(string mailId, MimeMessage mail, CancellationToken cancellationToken);
}
