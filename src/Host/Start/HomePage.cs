using Evently.Host.Health;
using Evently.Shared.Http;

namespace Evently.Host.Start;

/// <summary>What a browser is shown at the address itself: where to go on.</summary>
internal static class HomePage
{
    private const string Body = """
        <main>
        <h1>Evently</h1>
        <p>Sells seats. This is its HTTP interface, version VERSION.</p>
        <ul>
        <li><a href="/docs">Documentation of every call</a>, and the same <a href="/openapi/v1.json">as OpenAPI</a></li>
        <li><a href="/events">Events on sale</a></li>
        <li><a href="/health">Health</a></li>
        </ul>
        </main>
        """;

    public static void MapHomePage(this IEndpointRouteBuilder endpoints) => endpoints
        .MapPage("/", "Evently", Body.Replace("VERSION", HealthReport.Version, StringComparison.Ordinal), PlainPage.Policy)
        .Public();
}
