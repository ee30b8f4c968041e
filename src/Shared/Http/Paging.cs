using Evently.Shared.Text;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Evently.Shared.Http;

/// <summary>
/// <c>limit</c> and <c>cursor</c> of a list. A cursor is opaque to clients: the base64url of the place to continue behind. Lists are plain
/// arrays; the next page's address goes into <c>Link: &lt;…&gt;; rel="next"</c>.
/// </summary>
/// <param name="After">The decoded cursor, or null for the first page.</param>
public sealed record PageRequest(int Limit, string? After)
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 200;
    private const int MaxCursorLength = 2_048;

    /// <summary>Reads the query string; adds to <paramref name="errors"/> what is wrong with it.</summary>
    public static PageRequest Read(HttpRequest request, ValidationErrors errors)
    {
        var limit = DefaultLimit;
        if (request.Query.TryGetValue("limit", out var limitText)
            && (!CanonicalNumber.TryParse(limitText.ToString(), out limit) || limit is < 1 or > MaxLimit))
        {
            errors.Add("limit", $"must be a number from 1 to {MaxLimit}.");
            limit = DefaultLimit;
        }

        string? after = null;
        if (request.Query.TryGetValue("cursor", out var cursor) && !TryDecode(cursor.ToString(), out after))
            errors.Add("cursor", "is not a cursor of this list.");
        return new PageRequest(limit, after);
    }

    /// <summary>Announces the next page; call before the body is written.</summary>
    public static void LinkNext(HttpContext context, string? next)
    {
        if (next is null)
            return;
        var query = context.Request.Query
            .Where(pair => pair.Key is not ("cursor" or "offset"))
            .SelectMany(pair => pair.Value, (pair, value) => KeyValuePair.Create(pair.Key, value))
            .Append(KeyValuePair.Create<string, string?>("cursor", Encode(next)));
        var path = context.Request.PathBase.Add(context.Request.Path).ToUriComponent();
        context.Response.Headers.Link = $"<{QueryHelpers.AddQueryString(path, query)}>; rel=\"next\"";
    }

    public static string Encode(string after) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(after));

    private static bool TryDecode(string cursor, out string? after)
    {
        after = null;
        if (cursor.Length is 0 or > MaxCursorLength || !Base64Url.IsValid(cursor))
            return false;
        try
        {
            after = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Base64Url.DecodeFromChars(cursor));
            return after.Length > 0;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
