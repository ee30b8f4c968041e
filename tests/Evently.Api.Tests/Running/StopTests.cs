using System.Diagnostics;
using System.Net.Sockets;

namespace Evently.Api.Tests.Running;

public sealed class StopTests(SharedHost shared)
{
    /// <summary>After which orchestrators commonly kill.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

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

    /// <summary>The gateway takes a minute, an orchestrator's patience 30 s: the buyer is told where to look, and the next start finishes.</summary>
    [Fact]
    public async Task A_confirm_that_waits_for_a_slow_payment_is_answered_202_when_the_process_stops()
    {
        await using var host = await shared.StartAnotherAsync();
        var show = await host.World.ShowAsync();
        var user = await host.World.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");
        var confirming = Show.ConfirmAsync(user, holding, "sim_slow_12", waitSeconds: 30);
        await Eventually.AnswersAsync(() => user.Api.GetAsync($"/holdings/{holding}"), answer => answer.Is(200).String("state") == "confirming");

        var started = Stopwatch.GetTimestamp();
        Assert.Equal(0, await host.StopAsync());

        Assert.True(Stopwatch.GetElapsedTime(started) < Grace, $"The stop took {Stopwatch.GetElapsedTime(started)}.");
        Assert.Equal("payment_pending", (await confirming).Is(202).String("state"));
        await host.RestartAsync();
        await Eventually.AnswersAsync(() => user.Api.GetAsync($"/bookings/{Show.BookingOf(holding)}"), answer => answer.Is(200).String("state") == "confirmed", TimeSpan.FromSeconds(90));
        (await show.PaymentsAsync(Show.BookingOf(holding))).AreOneCharge(45.50m);
        await show.AuditEndsCleanAsync();
    }

    [Fact]
    public async Task A_process_that_stops_says_that_it_is_not_ready_and_serves_on_for_the_time_that_it_was_given()
    {
        await using var host = await shared.StartAnotherAsync([new("Evently__Stop__NotReadySeconds", "3")]);
        (await host.World.Anonymous.GetAsync("/health/ready")).Is(200);

        var stopping = host.StopAsync();
        await Eventually.AnswersAsync(() => host.World.Anonymous.GetAsync("/health/ready"), answer => answer.Status == 503);
        var served = await host.World.Anonymous.GetAsync("/events");
        served.Is(200);
        Assert.Equal("close", served.Header("Connection"));
        (await host.World.Anonymous.GetAsync("/health/live")).Is(200);

        Assert.Equal(0, await stopping);
        await Assert.ThrowsAsync<HttpRequestException>(() => host.Http.GetAsync("/events", TestContext.Current.CancellationToken));
    }

    /// <summary>Its sender may never come back; those who stop behind the web server get their time all the same.</summary>
    [Fact]
    public async Task A_request_that_is_never_sent_to_its_end_does_not_use_up_the_time_to_stop()
    {
        await using var host = await shared.StartAnotherAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(host.Address.Host, host.Address.Port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync("POST /user/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"u8.ToArray(), TestContext.Current.CancellationToken);
        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, TestContext.Current.CancellationToken);

        var started = Stopwatch.GetTimestamp();
        Assert.Equal(0, await host.StopAsync());

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }
}
