namespace Evently.Api.Tests.Running;

public sealed class StartUpTests
{
    [Theory]
    [InlineData("Evently__Storage__Engine", "punchcards", "Evently:Storage:Engine")]
    [InlineData("Evently__Storage__DataDirectory", "/dev/null/data", "Evently:Storage:DataDirectory")]
    [InlineData("Evently__Messaging__Transport", "pigeon", "Evently:Messaging:Transport")]
    [InlineData("Evently__Holds__DefaultSeconds", "4", "Evently:Holds:DefaultSeconds")]
    [InlineData("Evently__Holds__DefaultSeconds", "soon", "Evently:Holds:DefaultSeconds")]
    [InlineData("Evently__RateLimiting__Enabled", "perhaps", "Evently:RateLimiting:Enabled")]
    [InlineData("Evently__Payments__Gateway", "cash", "Evently:Payments:Gateway")]
    [InlineData("Evently__Auth__SigningKey", "short", "Evently:Auth:SigningKey")]
    [InlineData("Evently__Auth__BootstrapAdmin__Password", "short", "Evently:Auth:BootstrapAdmin:Password")]
    public async Task A_wrong_setting_stops_the_start_with_a_sentence_that_names_it(string variable, string value, string setting)
    {
        var (exitCode, output) = await EventlyHost.FailToStartAsync([KeyValuePair.Create(variable, (string?)value)]);

        Assert.NotEqual(0, exitCode);
        Assert.Contains(setting, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_configured_admin_a_first_start_makes_one_and_prints_it_once()
    {
        KeyValuePair<string, string?>[] settings = [new("Evently__Auth__BootstrapAdmin__Email", null), new("Evently__Auth__BootstrapAdmin__Password", null)];
        await using var host = await EventlyHost.StartAsync(settings);
        var (email, password) = Credentials.Find(host.Log);
        Assert.Contains("admin", (await host.World.Anonymous.PostAsync("/user/token", new { email, password })).Is(200)["roles"].Strings());
        var before = host.Log.Length;

        await host.StopAsync();
        await host.RestartAsync();

        Assert.DoesNotContain(password, host.Log[before..], StringComparison.Ordinal);
        (await host.World.Anonymous.PostAsync("/user/token", new { email, password })).Is(200);
    }

    [Fact]
    public async Task A_stop_finishes_what_runs_and_loses_nothing()
    {
        await using var host = await EventlyHost.StartAsync();
        var show = await host.World.ShowAsync();
        var user = await host.World.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");
        var confirming = Show.ConfirmAsync(user, holding, "sim_slow_2");
        await Eventually.AnswersAsync(() => user.Api.GetAsync($"/holdings/{holding}"), answer => answer.Is(200).String("state") == "confirming");

        Assert.Equal(0, await host.StopAsync());

        var confirmed = await confirming;
        Assert.True(confirmed.Status is 200 or 202 or 503, confirmed.ToString());
        await host.RestartAsync();
        TestContext.Current.SendDiagnosticMessage($"Started on an existing store within {host.StartedIn.TotalMilliseconds:F0} ms.");
        await Eventually.AnswersAsync(() => user.Api.GetAsync($"/bookings/{Show.BookingOf(holding)}"), answer => answer.Is(200).String("state") == "confirmed", TimeSpan.FromSeconds(60));
        (await show.PaymentsAsync(Show.BookingOf(holding))).AreOneCharge(45.50m);
        await show.AuditEndsCleanAsync();
    }
}
