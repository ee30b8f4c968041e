using Evently.Mail.Contracts;
using Evently.Shared.Http;
using Evently.Shared.Messaging;
using Evently.Users.Accounts;

namespace Evently.Users.MailedTokens;

/// <summary>Makes a token and has it mailed to the account's own address, in the unit of work of the use case.</summary>
internal sealed class TokenMailer(UnitOfWork<UsersModule> work, SecretCipher cipher)
{
    /// <param name="mailId">Two askings of one id are one mail.</param>
    /// <param name="askedAt">From when it counts.</param>
    public void Add(string mailId, TokenMailKind kind, User user, DateTimeOffset askedAt)
    {
        var secret = MailedToken.MakeSecret();
        var expiresAt = DateTimeOffset.FromUnixTimeMilliseconds((askedAt + MailedToken.Lifetime).ToUnixTimeMilliseconds());
        work.Add(MailedToken.Save(secret, kind, user, expiresAt));
        work.Publish(new SendTokenMail(mailId, kind, cipher.Seal(user.Email, SendTokenMail.ToContext(mailId)), cipher.Seal(secret, SendTokenMail.TokenContext(mailId)), expiresAt), user.UserId);
    }
}
