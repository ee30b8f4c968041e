using Evently.Mail.Contracts;
using Evently.Mail.Transports;
using Evently.Shared.Http;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Microsoft.Extensions.Logging;

namespace Evently.Mail;

/// <summary>
/// Sends each mail once: what became of it is noted after the mail server took it on, so that a crash in between sends it twice (with the same
/// Message-ID) rather than never. A server that is away is waited for until the token expires.
/// </summary>
internal sealed partial class Postman(
    ModuleTable<MailModule> table,
    SecretCipher cipher,
    MailWriter writer,
    IMailTransport transport,
    TimeProvider time,
    ILogger<Postman> logger)
{
    /// <summary>As long as a message may come again, by a replay after a restore too.</summary>
    private static readonly TimeSpan Keep = TimeSpan.FromDays(30);

    /// <exception cref="ServiceUnavailableException">Not now.</exception>
    public async Task SendAsync(SendTokenMail mail, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (await table.GetAsync(Keys.Mail(mail.MailId), Consistency.Strong, cancellationToken) is not null)
            return;
        if (now >= mail.ExpiresAt)
        {
            Log.Expired(logger, mail.MailId);
            await NoteAsync(mail, "expired", now);
            return;
        }

        // A key that only other instances accept yet is theirs to open.
        if (cipher.Open(mail.SealedTo, SendTokenMail.ToContext(mail.MailId)) is not { } to || cipher.Open(mail.SealedToken, SendTokenMail.TokenContext(mail.MailId)) is not { } token)
            throw new ServiceUnavailableException("No accepted signing key opens the mail.");
        var refusal = await transport.SendAsync(mail.MailId, writer.Write(mail, to, token, now), cancellationToken);
        if (refusal is not null)
            Log.Refused(logger, mail.MailId, refusal);
        await NoteAsync(mail, refusal is null ? "sent" : "refused", time.GetUtcNow());
    }

    private async Task NoteAsync(SendTokenMail mail, string state, DateTimeOffset at) => await table.WriteAsync(
        Write.Put(
            Keys.Mail(mail.MailId),
            new Dictionary<string, Value>
            {
                ["kind"] = mail.Kind.ToString(),
                ["state"] = state,
                ["at"] = at.ToUnixTimeMilliseconds(),
                [WellKnown.TimeToLive] = (at + Keep).ToUnixTimeSeconds(),
            },
            Condition.Always),
        CancellationToken.None);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Mail {MailId} was not sent before what it carries expired")]
        public static partial void Expired(ILogger logger, string mailId);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Mail {MailId} will not be delivered: {Refusal}")]
        public static partial void Refused(ILogger logger, string mailId, string refusal);
    }
}
