namespace Evently.Users.Contracts;

/// <summary>Somebody asks for a new password. To the module itself: what is found under the address must not show in how long the request takes.</summary>
/// <param name="MailId">Of the mail that is sent if there is such an account.</param>
/// <param name="SealedEmail">As typed, sealed under the mail's id.</param>
public sealed record PasswordResetAsked(string MailId, string SealedEmail);
