using System.ComponentModel.DataAnnotations;
using MimeKit;

namespace Evently.Mail;

/// <summary>Section <c>Evently:Mail</c>.</summary>
internal sealed class MailOptions : IValidatableObject
{
    public const string ToFiles = "file";
    public const string BySmtp = "smtp";
    private const string MadeFrom = "Evently <no-reply@evently.example>";
    private const string MadeSite = "http://localhost:8080";

    /// <summary><c>file</c>: mails are written to the folder <c>mail</c> of the data directory, for trying things out. <c>smtp</c>: they are sent.</summary>
    [RegularExpression(ToFiles + "|" + BySmtp, ErrorMessage = "must be file or smtp.")]
    public string Transport { get; set; } = ToFiles;

    /// <summary>The sender, such as <c>Box office &lt;tickets@example.com&gt;</c>.</summary>
    [Required]
    public string From { get; set; } = MadeFrom;

    /// <summary>What links in mails begin with: where people reach this installation.</summary>
    [Required]
    public string SiteAddress { get; set; } = MadeSite;

    public SmtpOptions Smtp { get; set; } = new();

    public MailboxAddress Sender => MailboxAddress.Parse(From);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!MailboxAddress.TryParse(From, out var sender) || sender.Domain.Length == 0)
            yield return new ValidationResult("must be an address, such as Box office <tickets@example.com>.", [nameof(From)]);
        if (!IsSite(SiteAddress))
            yield return new ValidationResult("must be an http or https address without a query, such as https://tickets.example.com.", [nameof(SiteAddress)]);
        if (Transport != BySmtp)
            yield break;
        if (From == MadeFrom)
            yield return new ValidationResult("must be set where mail is sent.", [nameof(From)]);
        if (SiteAddress == MadeSite)
            yield return new ValidationResult("must be set where mail is sent: links in it lead there.", [nameof(SiteAddress)]);
        if (string.IsNullOrWhiteSpace(Smtp.Host))
            yield return new ValidationResult("must name the mail server.", ["Smtp:Host"]);
        if (Smtp.Port is < 1 or > ushort.MaxValue)
            yield return new ValidationResult($"must be 1 to {ushort.MaxValue}.", ["Smtp:Port"]);
        if (Smtp.Security is not (SmtpOptions.StartTls or SmtpOptions.Tls or SmtpOptions.None))
            yield return new ValidationResult($"must be {SmtpOptions.StartTls}, {SmtpOptions.Tls} or {SmtpOptions.None}.", ["Smtp:Security"]);
        if (Smtp.User is null != Smtp.Password is null)
            yield return new ValidationResult("needs a user and a password, or neither.", ["Smtp"]);
        if (Smtp.User is not null && Smtp.Security == SmtpOptions.None)
            yield return new ValidationResult($"must not be {SmtpOptions.None} where a password is sent.", ["Smtp:Security"]);
    }

    private static bool IsSite(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var site)
        && (site.Scheme == Uri.UriSchemeHttps || site.Scheme == Uri.UriSchemeHttp)
        && site.Query.Length == 0
        && site.Fragment.Length == 0
        && site.UserInfo.Length == 0;
}

/// <summary>The mail server that takes mail on for delivery.</summary>
internal sealed class SmtpOptions
{
    public const string StartTls = "starttls";
    public const string Tls = "tls";
    public const string None = "none";

    public string Host { get; set; } = "";

    /// <summary>587 is submission (RFC 6409), 465 submission over TLS from the start (RFC 8314).</summary>
    public int Port { get; set; } = 587;

    /// <summary><c>starttls</c> (and nothing without it), <c>tls</c> from the start, or <c>none</c> for a server on the same machine or network.</summary>
    public string Security { get; set; } = StartTls;

    public string? User { get; set; }

    public string? Password { get; set; }
}
