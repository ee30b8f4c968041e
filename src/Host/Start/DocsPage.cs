using Scalar.AspNetCore;

namespace Evently.Host.Start;

/// <summary>The page at <c>/docs</c>. Its script comes from this process, so that it works without the internet.</summary>
internal static class DocsPage
{
    public static void Configure(ScalarOptions options)
    {
        options.Title = "Evently";
        options.OpenApiRoutePattern = "/openapi/{documentName}.json";
        options.DefaultFonts = false;

        // The page is the product's, not its maker's: no assistant, no client to download, no call home.
        options.HideClientButton = true;
        options.Telemetry = false;
        options.DisableAgent().DisableMcp().HideDeveloperTools();
    }
}
