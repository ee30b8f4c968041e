namespace Evently.Host.Start;

/// <summary>The frame of the few pages that the host has itself.</summary>
internal static class PlainPage
{
    /// <summary>Nothing is loaded from anywhere; a page adds what it needs.</summary>
    public const string Policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    private const string Frame = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>TITLE</title>
        <style>
        body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 38rem; margin: 4rem auto; padding: 0 1rem; color: #1b1b1f; background: #fff }
        input, button { font: inherit; padding: .4rem .6rem; margin: .3rem 0; box-sizing: border-box }
        input { width: 100% }
        a { color: #0b57d0 }
        @media (prefers-color-scheme: dark) { body { color: #e3e3e8; background: #131316 } a { color: #a8c7fa } }
        </style>
        </head>
        <body>
        BODY
        </body>
        </html>
        """;

    /// <param name="title">Plain text without markup.</param>
    /// <param name="body">Markup.</param>
    /// <param name="policy">Its content security policy.</param>
    public static RouteHandlerBuilder MapPage(this IEndpointRouteBuilder endpoints, string path, string title, string body, string policy)
    {
        var page = Frame.Replace("TITLE", title, StringComparison.Ordinal).Replace("BODY", body, StringComparison.Ordinal);
        return endpoints
            .MapGet(path, (HttpContext context) =>
            {
                context.Response.Headers.ContentSecurityPolicy = policy;
                return TypedResults.Content(page, "text/html; charset=utf-8");
            })
            .ExcludeFromDescription();
    }
}
