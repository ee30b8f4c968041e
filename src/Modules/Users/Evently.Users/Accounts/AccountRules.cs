using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;
using Evently.Shared.Http;

namespace Evently.Users.Accounts;

/// <summary>What an account's fields may be.</summary>
internal static partial class AccountRules
{
    public const int MinPasswordLength = 10;

    /// <summary>Enough for any passphrase, short enough to hash without a thought.</summary>
    public const int MaxPasswordLength = 128;

    private const int MaxNameLength = 200;

    // RFC 5321, 4.5.3.1, as corrected by erratum 1690.
    public const int MaxEmailLength = 254;

    /// <summary>One spelling for every way to type an address: providers do not tell addresses apart by case.</summary>
    [SuppressMessage("Globalization", "CA1308:Normalize strings to uppercase", Justification = "Addresses are stored in the case that everybody writes them in.")]
    public static string NormalizeEmail(string email) => email.Trim().Normalize(NormalizationForm.FormC).ToLowerInvariant();

    public static void Email(string? email, ValidationErrors errors)
    {
        if (string.IsNullOrWhiteSpace(email))
            errors.Add("email", "is required.");
        else if (!IsEmail(email.Trim()))
            errors.Add("email", "must be an e-mail address, such as ada@example.com.");
    }

    public static void Phone(string? phone, ValidationErrors errors)
    {
        if (string.IsNullOrWhiteSpace(phone))
            errors.Add("phone", "is required.");
        else if (!E164().IsMatch(phone))
            errors.Add("phone", "must be a number in E.164 form, such as +491701234567.");
    }

    public static void Password(string? password, ValidationErrors errors)
    {
        if (string.IsNullOrEmpty(password))
            errors.Add("password", "is required.");
        else if (password.Length is < MinPasswordLength or > MaxPasswordLength)
            errors.Add("password", $"must have {MinPasswordLength} to {MaxPasswordLength} characters.");
        else if (!ValidationErrors.IsCleanText(password, multiline: false))
            errors.Add("password", "must not contain control characters or broken Unicode.");
    }

    public static void Name(string? name, ValidationErrors errors)
    {
        if (name is not null)
            errors.Text(name, "name", 1, MaxNameLength);
    }

    private static bool IsEmail(string email) =>
        email.Length <= MaxEmailLength && ValidationErrors.IsCleanText(email, multiline: false) && Address().IsMatch(email);

    // Deliverable is what the mail server says; this keeps out what cannot be an address.
    [GeneratedRegex(@"\A[^\s@<>()\[\]\\,;:""]{1,64}@(?=.{1,253}\z)(?:[\p{L}\p{Nd}](?:[\p{L}\p{Nd}-]{0,61}[\p{L}\p{Nd}])?\.)+[\p{L}\p{Nd}](?:[\p{L}\p{Nd}-]{0,61}[\p{L}\p{Nd}])\z")]
    private static partial Regex Address();

    [GeneratedRegex(@"\A\+[1-9][0-9]{6,14}\z")]
    private static partial Regex E164();
}
