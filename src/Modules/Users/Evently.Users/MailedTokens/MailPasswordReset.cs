using Evently.Mail.Contracts;
using Evently.Shared.Http;
using Evently.Shared.Messaging;
using Evently.Users.Accounts;
using Evently.Users.Contracts;
using MassTransit;

namespace Evently.Users.MailedTokens;

internal sealed class MailPasswordReset(UserStore users, SecretCipher cipher, TokenMailer mailer) : IConsumer<PasswordResetAsked>
{
    public async Task Consume(ConsumeContext<PasswordResetAsked> context)
    {
        var asked = context.Message;
        if (cipher.Open(asked.SealedEmail, asked.MailId) is not { } email)
            throw new ServiceUnavailableException("No accepted signing key opens the request.");
        if (await users.FindByEmailAsync(AccountRules.NormalizeEmail(email), AccountRules.FormerNormalizeEmail(email), context.CancellationToken) is { } user)
            mailer.Add(asked.MailId, TokenMailKind.PasswordReset, user);
    }
}
