using System.Globalization;

namespace Evently.Api.Cloud.Tests;

/// <summary>What one host does counts on the others.</summary>
[Collection(CloudCluster.Name)]
public sealed class InstancesTests(CloudCluster cloud)
{
    private const int LongWaitSeconds = 30;

    /// <summary>What the hosts copy from the table is this old at most, with room for a busy machine.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly Cluster _cluster = cloud.Cluster;
    private readonly World _world = cloud.Cluster.World;

    [Fact]
    public async Task A_confirm_answers_with_the_outcome_of_a_payment_that_another_host_makes()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");

        var paying = Show.ConfirmAsync(_cluster.At(0, user), holding, "sim_slow_3", LongWaitSeconds);
        await Eventually.AnswersAsync(() => user.Api.GetAsync($"/holdings/{holding}"), answer => answer.Is(200).String("state") == "confirming");
        var waiting = await Task.WhenAll(new[] { 1, 2 }.Select(host => Show.ConfirmAsync(_cluster.At(host, user), holding, waitSeconds: LongWaitSeconds)));

        Assert.All(waiting, answer =>
        {
            Assert.Equal("confirmed", answer.Is(200).String("state"));
            Assert.True(answer.Took < TimeSpan.FromSeconds(LongWaitSeconds / 2), $"It waited to its end and not for the outcome: {answer}");
        });
        (await paying).Is(200);
        (await show.PaymentsAsync(Show.BookingOf(holding))).AreOneCharge(45.50m);
    }

    [Fact]
    public async Task An_event_made_on_one_host_is_on_sale_and_found_on_the_others()
    {
        var word = World.Unique("nebula").Replace("-", "", StringComparison.Ordinal);
        var organizer = await _world.OrganizerAsync();
        var plan = new ShowPlan { Name = word };
        var venue = await _world.SeatedVenueAsync(plan);
        var made = (await _cluster.At(0, organizer).Api.PostAsync("/events", World.EventBody(venue, plan))).Is(201).String("event_id");

        foreach (var host in (int[])[1, 2])
        {
            var there = _cluster.At(host, await _world.CustomerAsync()).Api;
            (await there.GetAsync($"/events/{made}")).Is(200);
            (await there.PostAsync($"/events/{made}/hold", new { seats = new[] { $"A-{host}" } })).Is(201);
            await Eventually.AnswersAsync(() => there.GetAsync($"/events?search={word}"), answer => answer.Is(200).List().Count == 1, Fresh);
        }
    }

    [Fact]
    public async Task The_seat_map_of_every_host_shows_what_was_sold_on_one()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var hosts = Enumerable.Range(0, _cluster.Hosts.Count).Select(host => _cluster.At(host, user)).ToList();
        foreach (var host in hosts)
            Assert.Equal("available", (await show.SeatsAsync(host))["A-1"].GetProperty("seat_state").GetString());

        await show.BuyAsync(hosts[0], "A-1");

        foreach (var host in hosts)
            await Eventually.HoldsAsync(async () => Assert.Equal("booked", (await show.SeatsAsync(host))["A-1"].GetProperty("seat_state").GetString()), Fresh);
        Assert.All(
            await Task.WhenAll(hosts.Select(host => show.TryHoldAsync(host, "A-1"))),
            answer => answer.IsProblem(409, "seats_unavailable"));
    }

    [Fact]
    public async Task An_idempotency_key_counts_on_every_host()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var key = ("Idempotency-Key", World.Unique("key"));
        var first = (await _cluster.At(0, user).Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-1" } }, key)).Is(201);

        var again = (await _cluster.At(1, user).Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-1" } }, key)).Is(201);

        Assert.Equal(first.Text, again.Text);
        Assert.Equal("true", again.Header("Idempotency-Replayed"));
        (await _cluster.At(2, user).Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-2" } }, key)).IsProblem(422, "idempotency_key_reused");
    }

    [Fact]
    public async Task Of_sixty_buyers_on_three_hosts_one_gets_the_seat()
    {
        const int Attempts = 60;
        var show = await _world.ShowAsync(new ShowPlan { Rows = [new("A", 1, "standard"), new("V", 1, "vip")] });
        var buyers = await _world.BuyersAsync(12);

        var answers = await Task.WhenAll(Enumerable.Range(0, Attempts).Select(attempt => show.TryHoldAsync(buyers[attempt % buyers.Count], "A-1")));

        Assert.Single(answers, answer => answer.Status == 201);
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.IsProblem(409, "seats_unavailable"));
        await show.AuditAsync();
    }

    [Fact]
    public async Task Of_sixty_groups_for_forty_seats_none_gets_a_part_and_no_seat_is_sold_twice()
    {
        const int Groups = 60;
        var show = await _world.ShowAsync(new ShowPlan { Rows = [new("A", 30, "standard"), new("V", 10, "vip")] });
        var positions = Enumerable.Range(1, 30).Select(seat => $"A-{seat}").Concat(Enumerable.Range(1, 10).Select(seat => $"V-{seat}")).ToArray();
        var buyers = await _world.BuyersAsync(12);
        var random = new Random(40);
        var wishes = Enumerable.Range(0, Groups).Select(_ => random.GetItems(positions, random.Next(1, 4)).Distinct().Order().ToArray()).ToArray();
        var unserved = 0;

        var outcomes = await Task.WhenAll(wishes.Select(async (wish, index) =>
        {
            var buyer = buyers[index % buyers.Count];
            var held = await show.TryHoldAsync(buyer, wish);
            if (held.Status == 503)
            {
                // The emulator is busy: no hold, or one that nobody hears of until it runs out.
                Interlocked.Add(ref unserved, wish.Length);
                return [];
            }

            if (held.Status != 201)
            {
                if (held.Status != 429)
                    held.IsProblem(409, "seats_unavailable");
                return [];
            }

            Assert.Equal(wish, held["seats_held"].Strings().Order());
            return (await Eventually.ServedAsync(() => Show.ConfirmAsync(buyer, held.String("holding_id"), waitSeconds: 30))).Is(200)["seats"].Strings();
        }));

        var sold = outcomes.SelectMany(seats => seats).ToList();
        Assert.Equal(sold.Count, sold.Distinct().Count());
        Assert.InRange(sold.Count, 20, 40);
        var audit = await show.AuditAsync();
        Assert.Equal(sold.Count, audit.Number("booked"));
        Assert.InRange(audit.Number("held"), 0, unserved);
    }

    [Fact]
    public async Task A_hold_that_expires_is_sold_to_somebody_else_on_another_host()
    {
        var show = await _world.ShowAsync(new ShowPlan { HoldSeconds = 5 });
        var (ann, bob) = (_cluster.At(0, await _world.CustomerAsync()), _cluster.At(1, await _world.CustomerAsync()));
        var held = (await show.TryHoldAsync(ann, "A-1")).Is(201);
        var expires = held["expires_at"].IsTime();

        var resold = await Eventually.AnswersAsync(() => show.TryHoldAsync(bob, "A-1"), answer => answer.Status == 201, TimeSpan.FromSeconds(15));

        Assert.True(TimeProvider.System.GetUtcNow() >= expires, "sold before its expiry");
        (await Show.ConfirmAsync(ann, held.String("holding_id"))).IsProblem(410, "hold_expired");
        (await Show.ConfirmAsync(bob, resold.String("holding_id"))).Is(200);
        await Eventually.AnswersAsync(() => ann.Api.GetAsync($"/holdings/{held.String("holding_id")}"), answer => answer.Is(200).String("state") == "expired");
        await show.AuditEndsCleanAsync();
    }
}
