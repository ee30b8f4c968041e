using System.Text;

namespace Evently.Api.Tests.Security;

/// <summary>Whatever is sent, the answer is a clear 4xx, quickly, and never a 5xx.</summary>
public sealed class HostileInputTests(SharedHost shared)
{
    private static readonly TimeSpan Quickly = TimeSpan.FromSeconds(5);
    private readonly World _world = shared.World;

    public static TheoryData<string> Strings => ["\\u0000", "a\\u0000b", "\\ud800", "\\udc00\\ud800", "\\u0007", "\\u007f", "\\u0085", new string('x', 100_000)];

    public static TheoryData<string> Numbers =>
        ["-1", "0", "1e400", "-1e400", "99999999999999999999", "2147483648", "1.5", "NaN", "\"NaN\"", "Infinity", "0x10", "\"1\"", "null", "true", "[]", "{}", "1e-400"];

    [Theory]
    [InlineData("/user")]
    [InlineData("/user/token")]
    [InlineData("/venue")]
    [InlineData("/events")]
    public async Task A_body_of_ten_megabytes_is_refused(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = ApiClient.Json($$"""{"name":"{{new string('x', 10 * 1024 * 1024)}}"}""") };
        // Asks before it sends, so that the refusal is not lost in a broken connection.
        request.Headers.ExpectContinue = true;

        var refused = await (await _world.AdminAsync()).Api.SendAsync(request);

        refused.IsProblem(413);
        Assert.InRange(refused.Took, TimeSpan.Zero, Quickly);
    }

    [Fact]
    public async Task A_large_body_without_a_length_is_refused()
    {
        using var body = new MemoryStream(Encoding.UTF8.GetBytes($$"""{"email":"{{new string('x', 10 * 1024 * 1024)}}"}"""));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/user/token") { Content = new StreamContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        request.Headers.TransferEncodingChunked = true;

        try
        {
            (await _world.Anonymous.SendAsync(request)).IsProblem(413);
        }
        catch (HttpRequestException)
        {
            // The connection may be closed while the body is still being sent; what counts is that the host lives on.
        }

        (await _world.Anonymous.GetAsync("/health/live")).Is(200);
    }

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public async Task A_body_ten_thousand_levels_deep_is_refused(char open, char close)
    {
        const int Depth = 10_000;
        var json = open == '['
            ? new string(open, Depth) + new string(close, Depth)
            : string.Concat(Enumerable.Repeat("{\"a\":", Depth)) + "1" + new string(close, Depth);

        await RefusedAsync("/user/token", json);
        await RefusedAsync("/venue", $$"""{"name":{{json}},"city":"c","description":"d","seat_types":["a"]}""");
    }

    [Theory]
    [MemberData(nameof(Strings))]
    public async Task Text_that_is_no_clean_text_is_refused(string text)
    {
        await RefusedAsync("/venue", $$"""{"name":"{{text}}","city":"c","description":"d","seat_types":["a"]}""");
        await RefusedAsync("/venue", $$"""{"name":"n","city":"c","description":"d","seat_types":["{{text}}"]}""");
        await RefusedAsync("/user", $$"""{"email":"{{text}}@evently.test","phone":"+4930123456","password":"a long enough password"}""");
        await RefusedAsync("/user", $$"""{"email":"{{World.Unique("h")}}@evently.test","phone":"+4930123456","password":"a long enough password","name":"{{text}}"}""");
        await RefusedAsync("/user/token", $$"""{"email":"{{text}}","password":"{{text}}"}""");
    }

    [Theory]
    [MemberData(nameof(Strings))]
    public async Task Seats_and_methods_that_are_no_clean_text_are_refused(string text)
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");

        await RefusedAsync($"{show.Path}/hold", $$"""{"seats":["{{text}}"]}""", user);
        await RefusedAsync($"/{holding}/confirm", $$"""{"payment_method":"{{text}}"}""", user);
        await RefusedAsync($"/venue/{show.VenueId}/seats", $$"""{"seats":[{"row":"{{text}}","seat_num":1,"seat_type":"standard"}]}""");
        await RefusedAsync($"/venue/{show.VenueId}/seats", $$"""{"seats":[{"row":"A","seat_num":50,"seat_type":"standard","section":"{{text}}"}]}""");
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task Numbers_that_make_no_sense_are_refused(string number)
    {
        var venue = (await _world.VenueAsync(["standard"])).String("venue_id");
        (await (await _world.OrganizerAsync()).Api.PostAsync($"/venue/{venue}/seats", new { rows = new[] { new { row = "A", first = 1, last = 3, seat_type = "standard" } } })).Is(201);

        await RefusedAsync($"/venue/{venue}/seats", $$"""{"seats":[{"row":"B","seat_num":{{number}},"seat_type":"standard"}]}""");
        await RefusedAsync("/events", $$$"""{"venue_id":"{{{venue}}}","name":"n","start_time":"2030-01-01T00:00:00Z","duration":{{{number}}},"artists":[],"tags":[],"description":"","seat_type_prices":{"standard":1}}""");
    }

    [Theory]
    [InlineData("-0.01")]
    [InlineData("1e400")]
    [InlineData("0.001")]
    [InlineData("1e-30")]
    [InlineData("NaN")]
    [InlineData("\"1.00\"")]
    [InlineData("99999999999999999999999999999999")]
    [InlineData("79228162514264337593543950335")]
    [InlineData("null")]
    public async Task Prices_that_make_no_sense_are_refused(string price)
    {
        var venue = (await _world.VenueAsync(["standard"])).String("venue_id");
        (await (await _world.OrganizerAsync()).Api.PostAsync($"/venue/{venue}/seats", new { rows = new[] { new { row = "A", first = 1, last = 3, seat_type = "standard" } } })).Is(201);

        await RefusedAsync("/events", $$$"""{"venue_id":"{{{venue}}}","name":"n","start_time":"2030-01-01T00:00:00Z","duration":60,"artists":[],"tags":[],"description":"","seat_type_prices":{"standard":{{{price}}}}}""");
    }

    [Fact]
    public async Task Bytes_that_are_not_utf8_are_refused()
    {
        using var content = new ByteArrayContent([.. "{\"email\":\""u8, 0xC3, 0x28, 0xFF, 0xFE, .. "\",\"password\":\"0123456789\"}"u8]);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");

        (await _world.Anonymous.SendAsync(HttpMethod.Post, "/user/token", content)).IsClientError();
    }

    [Fact]
    public async Task Markup_in_a_name_comes_back_as_data_and_never_as_a_page()
    {
        var name = World.Unique("<script>alert(1)</script>");

        var created = await (await _world.OrganizerAsync()).Api.PostAsync("/venue", new { name, city = "c", description = "<img src=x onerror=alert(1)>", seat_types = new[] { "a" } });

        if (created.Status == 201)
        {
            var read = (await _world.Anonymous.GetAsync($"/venue/{created.String("venue_id")}")).IsJson(200);
            Assert.Equal(name, read.String("name"));
            Assert.Equal("nosniff", read.Header("X-Content-Type-Options"));
        }
        else
        {
            created.IsClientError();
        }
    }

    [Theory]
    [InlineData("/venue/%00")]
    [InlineData("/venue/..%2f..%2fetc%2fpasswd")]
    [InlineData("/venue/%ff%fe")]
    [InlineData("/events/%F0%9F%8E%9F")]
    [InlineData("/events/event-%2527%20OR%201=1--")]
    [InlineData("/events/event-00000000000000000000000000%23BOOKING")]
    [InlineData("/holdings/holding-0000000000000000000000000%00")]
    [InlineData("/bookings/booking-00000000000000000000000000/../../user")]
    [InlineData("/user/user-ZZZZZZZZZZZZZZZZZZZZZZZZZZ")]
    [InlineData("/user/user-ooooooooooooooooooooooiiii")]
    [InlineData("//venue//")]
    public async Task Strange_paths_are_not_found_or_refused(string path)
    {
        // Sent as written: no dots or escapes are tidied up on the way.
        var address = new Uri(shared.Host.Address.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(HttpMethod.Get, address);

        var answer = await (await _world.AdminAsync()).Api.SendAsync(request);

        Assert.InRange(answer.Status, 200, 499);
        Assert.InRange(answer.Took, TimeSpan.Zero, Quickly);
    }

    [Theory]
    [InlineData("city=%00")]
    [InlineData("search=%ff%fe%00")]
    [InlineData("search=%ED%A0%80")]
    [InlineData("limit=99999999999999999999")]
    [InlineData("limit=1&limit=2")]
    [InlineData("offset=2147483648")]
    [InlineData("cursor=AAAA")]
    [InlineData("cursor=bm9wZQ")]
    [InlineData("min_price=1e999")]
    [InlineData("min_price=-79228162514264337593543950336")]
    [InlineData("start_date=0000-00-00")]
    [InlineData("start_date=9999-12-31T23:59:59-14:00")]
    [InlineData("sort=name;drop")]
    public async Task Strange_queries_are_answered_or_refused(string query)
    {
        foreach (var path in (string[])["/events", "/venue"])
        {
            var answer = await _world.Anonymous.GetAsync($"{path}?{query}");

            Assert.InRange(answer.Status, 200, 499);
            Assert.InRange(answer.Took, TimeSpan.Zero, Quickly);
        }
    }

    [Fact]
    public async Task Very_long_queries_and_headers_are_refused_or_answered()
    {
        Assert.InRange((await _world.Anonymous.GetAsync($"/events?search={new string('a', 6_000)}")).Status, 200, 499);
        Assert.InRange((await _world.Anonymous.GetAsync($"/events?search={new string('a', 60_000)}")).Status, 400, 499);
        Assert.InRange((await _world.Anonymous.GetAsync($"/events?{string.Concat(Enumerable.Repeat("tag=x&", 1_000))}")).Status, 200, 499);
        Assert.InRange((await _world.Anonymous.GetAsync("/events", ("X-Long", new string('a', 60_000)))).Status, 400, 499);
    }

    [Fact]
    public async Task A_hold_of_a_hundred_thousand_seats_is_refused()
    {
        var show = await _world.ShowAsync();

        var refused = await show.TryHoldAsync(await _world.CustomerAsync(), Enumerable.Range(1, 100_000).Select(seat => $"A-{seat}"));

        refused.IsClientError();
        Assert.InRange(refused.Took, TimeSpan.Zero, Quickly);
    }

    private async Task RefusedAsync(string path, string json, User? user = null)
    {
        var refused = await (user ?? await _world.AdminAsync()).Api.PostTextAsync(path, json);
        refused.IsClientError();
        Assert.InRange(refused.Took, TimeSpan.Zero, Quickly);
    }
}
