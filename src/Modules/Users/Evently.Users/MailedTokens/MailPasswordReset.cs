using Evently.Mail.Contracts;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Users.Accounts;
using Evently.Users.Contracts;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace Evently.Users.MailedTokens;

/// <summary>Looks the account up and has the token mailed, while whoever asked may still be waiting for it.</summary>
internal sealed partial class MailPasswordReset(UserStore users, SecretCipher cipher, TokenMailer mailer, TimeProvider time, ILogger<MailPasswordReset> logger)
    : IConsumer<PasswordResetAsked>
{
    public async Task Consume(ConsumeContext<PasswordResetAsked> context)
    {
        var asked = context.Message;
        var askedAt = Ulid.TryParse(asked.MailId, out var id) ? id.Time : DateTimeOffset.MinValue;
        if (time.GetUtcNow() - askedAt >= MailedToken.Lifetime)
        {
            LogTooLate(asked.MailId);
            return;
        }

        // A key that only other instances accept yet is theirs to open.
        if (cipher.Open(asked.SealedEmail, asked.MailId) is not { } email)
            throw new ServiceUnavailableException("No accepted signing key opens the request.");
        if (await users.FindByEmailAsync(AccountRules.NormalizeEmail(email), AccountRules.FormerNormalizeEmail(email), context.CancellationToken) is { } user)
            mailer.Add(asked.MailId, TokenMailKind.PasswordReset, user, askedAt);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A new password was asked for too long ago; mail {MailId} is not sent")]
    private partial void LogTooLate(string mailId);
}
