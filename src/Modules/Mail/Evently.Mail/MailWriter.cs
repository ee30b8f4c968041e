using System.Globalization;
using Evently.Mail.Contracts;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Evently.Mail;

/// <summary>What mails say.</summary>
internal sealed class MailWriter(IOptions<MailOptions> options)
{
    public MimeMessage Write(SendTokenMail mail, string to, string token, DateTimeOffset now)
    {
        var sender = options.Value.Sender;
        var (page, subject, text) = mail.Kind switch
        {
            TokenMailKind.PasswordReset => (
                "password-reset",
                "Choose a new password",
                "Somebody, most likely you, asked for a new password. Choose it here:"),
            TokenMailKind.EmailProof => (
                "email-proof",
                "Confirm your address",
                $"Somebody, most likely you, made an account with this address at {options.Value.SiteAddress}. If it was you, confirm that the address is yours. What is bought with it belongs to "
                    + "that account from then on, so do nothing if the account is not yours:"),
            _ => throw new InvalidOperationException($"There is no mail of the kind {mail.Kind}."),
        };

        // The token is in the fragment, which no browser sends on: no server's or proxy's log has it.
        var link = $"{options.Value.SiteAddress.TrimEnd('/')}/{page}#{token}";
        var until = mail.ExpiresAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        var message = new MimeMessage
        {
            Subject = subject,
            Date = now,
            MessageId = $"{mail.MailId}@{sender.Domain}",
            Body = new TextPart("plain")
            {
                Text = $"{text}\n\n{link}\n\nThe link works once, until {until} UTC. If you asked for nothing, there is nothing to do.\n",
            },
        };
        message.From.Add(sender);
        message.To.Add(new MailboxAddress(null, to));

        // Keeps absence notes from answering (RFC 3834).
        message.Headers.Add("Auto-Submitted", "auto-generated");
        return message;
    }
}
