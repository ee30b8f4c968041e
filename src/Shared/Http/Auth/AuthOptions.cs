using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;

namespace Evently.Shared.Http;

/// <summary>Section <c>Evently:Auth</c>.</summary>
public sealed class AuthOptions : IValidatableObject
{
    /// <summary>HMAC-SHA-256 takes a key at least as long as its hash (RFC 7518, 3.2).</summary>
    public const int MinKeyBytes = 32;

    /// <summary>A rotation needs one; more are for rotations that overlap.</summary>
    public const int MaxAcceptedKeys = 4;

    /// <summary>
    /// The secret that signs tokens, at least 32 bytes of UTF-8; all instances share it. The embedded mode makes one when it is missing. Remembered
    /// answers are encrypted with a key derived from it.
    /// </summary>
    public string? SigningKey { get; set; }

    /// <summary>
    /// Further keys, at most <see cref="MaxAcceptedKeys"/>, each like <see cref="SigningKey"/>, under which tokens and remembered answers count as well: those
    /// that other instances sign with already or still. They sign nothing here.
    /// </summary>
    public string[] AcceptedSigningKeys { get; set; } = [];

    [Required]
    public string Issuer { get; set; } = "evently";

    [Required]
    public string Audience { get; set; } = "evently";

    /// <summary>How long a token is valid, in minutes. Roles, password and erasure count at once all the same.</summary>
    [Range(1, 24 * 60)]
    public int TokenMinutes { get; set; } = 60;

    /// <summary>How long a guest's token is valid, in minutes: it is the guest's only key to what was bought.</summary>
    [Range(1, 30 * 24 * 60)]
    public int GuestTokenMinutes { get; set; } = 30 * 24 * 60;

    /// <summary>
    /// Address of an OpenID Connect provider that replaces the built-in issuer. Its tokens must carry <c>sub</c> and <c>roles</c> and name
    /// <see cref="Audience"/>.
    /// </summary>
    [Url]
    public string? Authority { get; set; }

    public BootstrapAdminOptions BootstrapAdmin { get; set; } = new();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (SigningKey is not null && IsShort(SigningKey))
            yield return new ValidationResult($"must have at least {MinKeyBytes} bytes.", [nameof(SigningKey)]);
        if (AcceptedSigningKeys.Length > MaxAcceptedKeys)
            yield return new ValidationResult($"may have at most {MaxAcceptedKeys} keys.", [nameof(AcceptedSigningKeys)]);
        for (var index = 0; index < AcceptedSigningKeys.Length; index++)
        {
            if (IsShort(AcceptedSigningKeys[index]))
                yield return new ValidationResult($"must have at least {MinKeyBytes} bytes.", [string.Create(CultureInfo.InvariantCulture, $"{nameof(AcceptedSigningKeys)}:{index}")]);
        }

        if (Authority is { } authority && Uri.TryCreate(authority, UriKind.Absolute, out var issuer) && issuer.Scheme != Uri.UriSchemeHttps && !issuer.IsLoopback)
            yield return new ValidationResult("must be an https address.", [nameof(Authority)]);
        if (BootstrapAdmin.Email is null != BootstrapAdmin.Password is null)
            yield return new ValidationResult("needs an e-mail address and a password, or neither.", [nameof(BootstrapAdmin)]);
    }

    private static bool IsShort(string? key) => string.IsNullOrWhiteSpace(key) || Encoding.UTF8.GetByteCount(key) < MinKeyBytes;
}

/// <summary>The account that is made at start as the first admin, while there is none.</summary>
public sealed class BootstrapAdminOptions
{
    public string? Email { get; set; }

    public string? Password { get; set; }

    /// <summary>Whether to make one with a random password, told once to the terminal or to a file, when none is configured. By default only in the embedded mode.</summary>
    public bool? Generate { get; set; }
}
