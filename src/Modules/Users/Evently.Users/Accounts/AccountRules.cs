using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Evently.Shared.Http;
using Evently.Shared.Text;

namespace Evently.Users.Accounts;

/// <summary>What an account's fields may be.</summary>
internal static partial class AccountRules
{
    public const int MinPasswordLength = 10;

    /// <summary>Enough for any passphrase, short enough to hash without a thought.</summary>
    public const int MaxPasswordLength = 128;

    private const int MaxNameLength = 200;

    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    // RFC 5321, 4.5.3.1, as corrected by erratum 1690.
    public const int MaxEmailLength = 254;

    /// <summary>
    /// One spelling for every way to type an address: providers do not tell addresses apart by case, and a domain has an international and an ASCII
    /// form (IDNA), of which the ASCII one is kept.
    /// </summary>
    /// <param name="email">Clean text.</param>
    [SuppressMessage("Globalization", "CA1308:Normalize strings to uppercase", Justification = "Addresses are stored in the case that everybody writes them in.")]
    public static string NormalizeEmail(string email)
    {
        var plain = IdentifierText.Normalize(email.Trim()).ToLowerInvariant();
        var at = plain.LastIndexOf('@');
        return at < 0 || System.Text.Ascii.IsValid(plain.AsSpan(at + 1)) ? plain : plain[..(at + 1)] + AsciiDomain(plain[(at + 1)..]);
    }

    /// <summary>As versions before 0.2 kept addresses; the same where the domain is ASCII.</summary>
    [SuppressMessage("Globalization", "CA1308:Normalize strings to uppercase", Justification = "As above.")]
    public static string FormerNormalizeEmail(string email) => email.Trim().Normalize(NormalizationForm.FormC).ToLowerInvariant();

    private static string AsciiDomain(string domain)
    {
        try
        {
            return Idn.GetAscii(domain);
        }
        catch (ArgumentException)
        {
            // No domain at all; nothing is found under it.
            return domain;
        }
    }

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

    public static void Password(string? password, ValidationErrors errors, string field = "password")
    {
        if (string.IsNullOrEmpty(password))
            errors.Add(field, "is required.");
        else if (!ValidationErrors.IsCleanText(password, multiline: false))
            errors.Add(field, "must not contain control characters or broken Unicode.");
        else if (ValidationErrors.ScalarCount(password) is < MinPasswordLength or > MaxPasswordLength)
            errors.Add(field, $"must have {MinPasswordLength} to {MaxPasswordLength} characters.");
    }

    /// <summary>One password however a keyboard composes it (RFC 8265: NFC, and every kind of blank is a space).</summary>
    public static string NormalizePassword(string password) =>
        string.Concat(password.Normalize(NormalizationForm.FormC).Select(character => char.IsWhiteSpace(character) ? ' ' : character));

    public static void Name(string? name, ValidationErrors errors)
    {
        if (name is not null)
            errors.Text(name, "name", 1, MaxNameLength);
    }

    private static bool IsEmail(string email) =>
        email.Length <= MaxEmailLength && ValidationErrors.IsCleanText(email, multiline: false) && IdentifierText.IsVisible(email)
        && Address().IsMatch(email) && NormalizeEmail(email).Length <= MaxEmailLength;

    // Deliverable is what the mail server says; this keeps out what cannot be an address.
    [GeneratedRegex(@"\A[^\s@<>()\[\]\\,;:""]{1,64}@(?=.{1,253}\z)(?:[\p{L}\p{Nd}](?:[\p{L}\p{Nd}-]{0,61}[\p{L}\p{Nd}])?\.)+[\p{L}\p{Nd}](?:[\p{L}\p{Nd}-]{0,61}[\p{L}\p{Nd}])\z")]
    private static partial Regex Address();

    [GeneratedRegex(@"\A\+[1-9][0-9]{6,14}\z")]
    private static partial Regex E164();
}
