namespace Evently.Api.Tests.Conventions;

public sealed class IdempotencyTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task The_same_key_and_body_get_the_first_answer_again()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var key = ("Idempotency-Key", World.Unique("key"));

        var first = (await user.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-1" } }, key)).Is(201);
        var again = (await user.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-1" } }, key)).Is(201);

        Assert.Equal(first.Text, again.Text);
        Assert.Equal("true", again.Header("Idempotency-Replayed"));
        Assert.Null(first.Header("Idempotency-Replayed"));
        Assert.Equal(first.Header("Location"), again.Header("Location"));
        Assert.Equal(first.ContentType, again.ContentType);
    }

    [Fact]
    public async Task A_refusal_is_replayed_too()
    {
        var show = await _world.ShowAsync();
        var (ann, bob) = (await _world.CustomerAsync(), await _world.CustomerAsync());
        var holding = await show.HoldAsync(ann, "A-1");
        var key = ("Idempotency-Key", World.Unique("key"));
        var first = (await bob.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-1" } }, key)).IsProblem(409, "seats_unavailable");
        (await ann.Api.PostAsync($"/{holding}/cancel")).Is(200);

        var again = (await bob.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-1" } }, key)).IsProblem(409, "seats_unavailable");

        Assert.Equal(first.Text, again.Text);
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_refused()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var key = ("Idempotency-Key", World.Unique("key"));
        (await user.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-1" } }, key)).Is(201);

        (await user.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-2" } }, key)).IsProblem(422, "idempotency_key_reused");

        Assert.Equal("available", await show.SeatStateAsync("A-2"));
    }

    [Fact]
    public async Task A_key_whose_first_call_still_runs_is_refused_for_now()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");
        var key = ("Idempotency-Key", World.Unique("key"));
        var body = new { payment_method = "sim_slow_5" };

        var running = user.Api.PostAsync($"/{holding}/confirm", body, key);
        await Eventually.AnswersAsync(() => user.Api.GetAsync($"/holdings/{holding}"), answer => answer.Is(200).String("state") == "confirming");
        var refused = await user.Api.PostAsync($"/{holding}/confirm", body, key);

        refused.IsProblem(409, "idempotency_key_in_flight");
        Assert.NotNull(refused.Header("Retry-After"));
        var first = (await running).Is(200);
        Assert.Equal(first.Text, (await user.Api.PostAsync($"/{holding}/confirm", body, key)).Is(200).Text);
    }

    [Fact]
    public async Task Concurrent_calls_with_one_key_act_once()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var key = ("Idempotency-Key", World.Unique("key"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => user.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-1" } }, key)));

        Assert.All(answers, answer => Assert.True(answer.Status == 201 || answer.IsProblem(409, "idempotency_key_in_flight").Status == 409, answer.ToString()));
        Assert.Single(answers.Where(answer => answer.Status == 201).Select(answer => answer.String("holding_id")).Distinct());
    }

    [Fact]
    public async Task Keys_of_different_callers_and_routes_do_not_meet()
    {
        var show = await _world.ShowAsync();
        var (ann, bob) = (await _world.CustomerAsync(), await _world.CustomerAsync());
        var key = ("Idempotency-Key", World.Unique("key"));

        var held = (await ann.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-1" } }, key)).Is(201);
        (await bob.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-1" } }, key)).IsProblem(409, "seats_unavailable");
        (await bob.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-2" } }, key)).IsProblem(422, "idempotency_key_reused");
        (await ann.Api.PostAsync($"/{held.String("holding_id")}/confirm", new { payment_method = "sim_ok" }, key)).Is(200);
    }

    [Fact]
    public async Task A_key_that_is_too_long_or_empty_is_refused()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();

        (await user.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-1" } }, ("Idempotency-Key", new string('k', 256)))).IsProblem(400);
        (await user.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-1" } }, ("Idempotency-Key", new string('k', 255)))).Is(201);
    }

    [Fact]
    public async Task A_venue_and_a_user_are_created_once_by_their_key()
    {
        var organizer = await _world.OrganizerAsync();
        var key = ("Idempotency-Key", World.Unique("key"));
        var venue = new { name = World.Unique("once"), city = "Rome", description = "d", seat_types = new[] { "a" } };
        var user = _world.SignUp(World.Unique("once") + "@evently.test");

        Assert.Equal((await organizer.Api.PostAsync("/venue", venue, key)).Is(201).Text, (await organizer.Api.PostAsync("/venue", venue, key)).Is(201).Text);
        Assert.Equal((await _world.Anonymous.PostAsync("/user", user, key)).Is(201).Text, (await _world.Anonymous.PostAsync("/user", user, key)).Is(201).Text);
    }
}
