using Evently.Shared.Http;

namespace Evently.Host.Demo;

/// <summary><c>--demo</c>: fills an empty store with accounts, venues and events to play with, through the public API, and prints where to look.</summary>
internal static class DemoMode
{
    public const string Switch = "--demo";

    public static bool IsAsked(string[] args) => args.Contains(Switch);

    public static void AddDemo(this WebApplicationBuilder builder)
    {
        // The first admin of an empty store. In a store that has one these are ignored, so the switch opens no door to real data.
        builder.Services.PostConfigure<AuthOptions>(auth =>
        {
            auth.BootstrapAdmin.Email ??= DemoAccounts.Admin.Email;
            auth.BootstrapAdmin.Password ??= DemoAccounts.Password;
        });
        builder.Services.AddHttpClient();
        builder.Services.AddHostedService<DemoSeeder>();
    }
}
