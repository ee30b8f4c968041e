namespace Evently.Api.Tests.Running;

/// <summary>The process is killed at a chosen moment, and the next one goes on where it stopped.</summary>
public sealed class RestartTests(SharedHost shared)
{
    private static readonly TimeSpan Terminal = TimeSpan.FromSeconds(65);

    [Fact]
    public async Task A_hold_that_expires_while_the_process_is_down_is_terminal_soon_after_the_next_start()
    {
        await using var host = await shared.StartAnotherAsync();
        var show = await host.World.ShowAsync(new ShowPlan { HoldSeconds = 5 });
        var (ann, bob) = (await host.World.CustomerAsync(), await host.World.CustomerAsync());
        var held = (await show.TryHoldAsync(ann, "A-1")).Is(201);
        var expires = held["expires_at"].IsTime();

        await host.KillAsync();
        await Eventually.HoldsAsync(() =>
        {
            Assert.True(TimeProvider.System.GetUtcNow() > expires);
            return Task.CompletedTask;
        });
        await host.RestartAsync();

        (await show.TryHoldAsync(bob, "A-1")).Is(201);
        await Eventually.AnswersAsync(() => ann.Api.GetAsync($"/holdings/{held.String("holding_id")}"), answer => answer.Is(200).String("state") == "expired", Terminal);
        Assert.True(TimeProvider.System.GetUtcNow() < expires + Terminal, "later than a minute after its expiry");
        await show.AuditEndsCleanAsync();
    }

    [Theory]
    [InlineData("sim_slow_3")]
    [InlineData("sim_unknown")]
    [InlineData("sim_late_3")]
    [InlineData("sim_error_3")]
    public async Task A_payment_under_way_when_the_process_dies_is_one_charge_and_one_booking_or_nothing(string method)
    {
        await using var host = await shared.StartAnotherAsync();
        var show = await host.World.ShowAsync();
        var user = await host.World.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");
        var booking = Show.BookingOf(holding);

        var confirming = Show.ConfirmAsync(user, holding, method);
        await Eventually.AnswersAsync(() => user.Api.GetAsync($"/holdings/{holding}"), answer => answer.Is(200).String("state") is "confirming" or "confirmed");
        await host.KillAsync();
        await LostAsync(confirming);
        await host.RestartAsync();

        await Eventually.AnswersAsync(() => user.Api.GetAsync($"/bookings/{booking}"), answer => answer.Is(200).String("state") == "confirmed", TimeSpan.FromSeconds(75));
        (await show.PaymentsAsync(booking)).AreOneCharge(45.50m);
        await show.AuditEndsCleanAsync();
    }

    [Fact]
    public async Task An_idempotency_key_outlives_the_process()
    {
        await using var host = await shared.StartAnotherAsync();
        var show = await host.World.ShowAsync();
        var user = await host.World.CustomerAsync();
        var key = ("Idempotency-Key", World.Unique("key"));
        var first = (await user.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-1" } }, key)).Is(201);

        await host.KillAsync();
        await host.RestartAsync();

        var again = (await user.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-1" } }, key)).Is(201);
        Assert.Equal(first.Text, again.Text);
        Assert.Equal("true", again.Header("Idempotency-Replayed"));
        (await user.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-2" } }, key)).IsProblem(422, "idempotency_key_reused");
    }

    private static async Task LostAsync(Task<Answer> call)
    {
        try
        {
            await call;
        }
        catch (HttpRequestException)
        {
            // The connection died with the process.
        }
    }
}
