using Evently.Host.Health;
using Evently.Shared.Http;

namespace Evently.Host.Start;

/// <summary>What a browser is shown at the address itself: where to go on.</summary>
internal static class HomePage
{
    private const string Page = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Evently</title>
        <style>
        body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 38rem; margin: 4rem auto; padding: 0 1rem; color: #1b1b1f; background: #fff }
        a { color: #0b57d0 }
        @media (prefers-color-scheme: dark) { body { color: #e3e3e8; background: #131316 } a { color: #a8c7fa } }
        </style>
        </head>
        <body>
        <main>
        <h1>Evently</h1>
        <p>Sells seats. This is its HTTP interface, version VERSION.</p>
        <ul>
        <li><a href="/docs">Documentation of every call</a>, and the same <a href="/openapi/v1.json">as OpenAPI</a></li>
        <li><a href="/events">Events on sale</a></li>
        <li><a href="/health">Health</a></li>
        </ul>
        </main>
        </body>
        </html>
        """;

    /// <summary>The page has no script and loads nothing.</summary>
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    public static void MapHomePage(this IEndpointRouteBuilder endpoints) => endpoints
        .MapGet("/", static (HttpContext context) =>
        {
            context.Response.Headers.ContentSecurityPolicy = Policy;
            return TypedResults.Content(Page.Replace("VERSION", HealthReport.Version, StringComparison.Ordinal), "text/html; charset=utf-8");
        })
        .ExcludeFromDescription()
        .Public();
}
