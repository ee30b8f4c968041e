using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Evently.Shared.Http;

/// <summary>
/// JSON is UTF-8 (RFC 8259), and a client that says so, quoted or not, is right; one that says anything else is told 415. The framework's own reading of
/// a quoted or unknown charset is an exception.
/// </summary>
internal sealed class JsonCharset(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.ContentType is null)
            return next(context);
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            return Unsupported.ExecuteAsync(context);
        if (!type.Charset.HasValue)
            return next(context);
        var charset = HeaderUtilities.RemoveQuotes(type.Charset);
        if (!charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && !charset.Equals("utf8", StringComparison.OrdinalIgnoreCase))
            return Unsupported.ExecuteAsync(context);
        request.ContentType = type.MediaType.Value;
        return next(context);
    }

    private static ProblemResult Unsupported =>
        Problems.Of(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "The body must be JSON in UTF-8: Content-Type: application/json.");
}
