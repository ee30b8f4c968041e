namespace Evently.Api.Tests.Running;

/// <summary>kill -9 in a storm of holds and confirms. EVENTLY_KILLS sets how often; the usual run makes a few.</summary>
public sealed class CrashTests(SharedHost shared)
{
    private const int Buyers = Backend.Crowd / 20;

    [Fact]
    public async Task Kills_at_random_moments_lose_no_answered_booking_and_no_money()
    {
        var kills = Soak.Setting("EVENTLY_KILLS", Backend.Kills);
        var seed = Soak.Setting("EVENTLY_SEED", 7);
        var random = new Random(seed);
        await using var host = await shared.StartAnotherAsync();
        var shows = new[] { await host.World.ShowAsync(CrashStorm.Plan), await host.World.ShowAsync(CrashStorm.Plan) };
        var storm = new CrashStorm(shows, await host.World.BuyersAsync(Buyers), seed);

        var running = storm.RunAsync();
        for (var kill = 1; kill <= kills; kill++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(300, 2_500)), TimeProvider.System, TestContext.Current.CancellationToken);
            await host.KillAsync();
            await host.RestartAsync();
            await CrashAftermath.AnsweredStaysBookedAsync(storm);
            foreach (var show in shows)
                await show.AuditEndsCleanAsync();
        }

        storm.Calm();
        await running;

        Assert.True(storm.Confirmed > 0, "The storm booked nothing.");
        TestContext.Current.SendDiagnosticMessage($"{kills} kills, {storm.Confirmed} answered bookings.");
        await CrashAftermath.AnsweredStaysBookedAsync(storm);
        foreach (var show in shows)
            await CrashAftermath.SettlesAsync(host.World, show);
    }
}
