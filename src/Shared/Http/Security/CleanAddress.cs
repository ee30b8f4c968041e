using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Evently.Shared.Http;

/// <summary>Refuses paths and queries with control characters or broken Unicode before anything compares, stores or logs them.</summary>
internal sealed class CleanAddress(RequestDelegate next)
{
    private const int MaxQueryParameters = 64;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public Task InvokeAsync(HttpContext context) =>
        IsClean(Target(context)) && context.Request.Query.Sum(pair => pair.Value.Count) <= MaxQueryParameters
            ? next(context)
            : Problems.BadRequest("invalid_characters", "The address has control characters, broken Unicode or too many parameters.").ExecuteAsync(context);

    // As it was sent: what the server could not decode it leaves as it is, indistinguishable from an escaped percent sign.
    private static string Target(HttpContext context) =>
        context.Features.Get<IHttpRequestFeature>()?.RawTarget is { Length: > 0 } raw ? raw : context.Request.Path.ToUriComponent() + context.Request.QueryString;

    private static bool IsClean(string target)
    {
        var bytes = new byte[Strict.GetMaxByteCount(target.Length)];
        var length = 0;
        for (var i = 0; i < target.Length; i++)
        {
            if (target[i] == '%' && i + 2 < target.Length && byte.TryParse(target.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var escaped))
            {
                bytes[length++] = escaped;
                i += 2;
            }
            else if (!char.IsAscii(target[i]))
            {
                return false;
            }
            else
            {
                bytes[length++] = (byte)target[i];
            }
        }

        try
        {
            return ValidationErrors.IsCleanText(Strict.GetString(bytes, 0, length), multiline: false);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
