namespace Evently.Mail.Contracts;

/// <summary>Asks for a mail with a link whose fragment carries a token that works once. Sent once a <paramref name="MailId"/>.</summary>
/// <param name="MailId">A ULID; also names the mail to its reader's program.</param>
/// <param name="SealedTo">The address, sealed under <see cref="ToContext"/>, so that no queue and no table holds it open.</param>
/// <param name="SealedToken">Sealed under <see cref="TokenContext"/>.</param>
/// <param name="ExpiresAt">From then on the token is worth nothing, and the mail is not sent any more.</param>
public sealed record SendTokenMail(string MailId, TokenMailKind Kind, string SealedTo, string SealedToken, DateTimeOffset ExpiresAt)
{
    /// <summary>What the address is sealed under.</summary>
    public static string ToContext(string mailId) => mailId + ":to";

    /// <summary>What the token is sealed under.</summary>
    public static string TokenContext(string mailId) => mailId + ":token";
}

public enum TokenMailKind
{
    /// <summary>Leads to a new password.</summary>
    PasswordReset,

    /// <summary>Shows that its reader reads mail to the address.</summary>
    EmailProof,
}
