using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;

namespace Evently.Shared.Http;

/// <summary>Section <c>Evently:Cors</c>. Empty: browsers of other origins may not call.</summary>
public sealed class CorsOptions : IValidatableObject
{
    /// <summary>Origins such as <c>https://shop.example</c>.</summary>
    public string[] Origins { get; set; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        for (var index = 0; index < Origins.Length; index++)
        {
            if (!IsOrigin(Origins[index]))
            {
                yield return new ValidationResult(
                    $"is '{Origins[index]}'; it must be an origin without a path, such as https://shop.example.",
                    [string.Create(CultureInfo.InvariantCulture, $"{nameof(Origins)}:{index}")]);
            }
        }
    }

    /// <summary>What a browser sends as <c>Origin</c>, letter by letter; anything else would never match.</summary>
    private static bool IsOrigin(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
        && uri.UserInfo.Length == 0
        && string.Equals(uri.GetLeftPart(UriPartial.Authority), text, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Section <c>Evently:Proxies</c>. Empty: <c>X-Forwarded-*</c> headers are ignored, the client is whoever connects.</summary>
public sealed class ProxyOptions : IValidatableObject
{
    /// <summary>Addresses or networks (<c>10.0.0.0/8</c>) of the proxies in front.</summary>
    public string[] Trusted { get; set; } = [];

    /// <summary>How many proxies stand one behind the other: so many entries of <c>X-Forwarded-For</c> are believed, from its end.</summary>
    [Range(1, 10)]
    public int ForwardLimit { get; set; } = 1;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        for (var index = 0; index < Trusted.Length; index++)
        {
            // Whoever may forge the client's address has as many as he likes.
            if (System.Net.IPNetwork.TryParse(Trusted[index], out var network) && network.PrefixLength == 0)
            {
                yield return new ValidationResult(
                    $"is '{Trusted[index]}'; a network of everybody can't be trusted.",
                    [string.Create(CultureInfo.InvariantCulture, $"{nameof(Trusted)}:{index}")]);
            }
        }
    }
}
