using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Evently.Shared.Http;

/// <summary>Refuses paths and queries with control characters or broken Unicode before anything compares, stores or logs them.</summary>
internal sealed partial class CleanAddress(RequestDelegate next)
{
    private const int MaxQueryParameters = 64;

    public Task InvokeAsync(HttpContext context) =>
        IsClean(context.Request)
            ? next(context)
            : Problems.BadRequest("invalid_characters", "The address has control characters, broken Unicode or too many parameters.").ExecuteAsync(context);

    private static bool IsClean(HttpRequest request)
    {
        if (!ValidationErrors.IsCleanText(request.Path.Value ?? "", multiline: false) || InvalidUtf8().IsMatch(request.Path.Value ?? ""))
            return false;
        if (!request.QueryString.HasValue)
            return true;
        var query = request.Query;
        return query.Count <= MaxQueryParameters
            && query.All(pair => IsClean(pair.Key) && pair.Value.Count <= MaxQueryParameters && pair.Value.All(value => value is null || IsClean(value)));
    }

    private static bool IsClean(string text) => ValidationErrors.IsCleanText(text, multiline: false) && !text.Contains('\uFFFD', StringComparison.Ordinal);

    // The server leaves percent escapes that are no UTF-8 as they are.
    [GeneratedRegex("%[89A-Fa-f][0-9A-Fa-f]")]
    private static partial Regex InvalidUtf8();
}
