namespace Evently.Api.Tests.Running;

public sealed class StopTests(SharedHost shared)
{
    [Fact]
    public async Task A_stop_finishes_what_runs_and_loses_nothing()
    {
        await using var host = await shared.StartAnotherAsync();
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
