using System.Text.Json;

namespace Evently.Api.Tests.Events;

/// <summary>Every test tags its events with a word of its own, so that the lists of the shared host don't mix.</summary>
public sealed class ListEventsTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task Events_are_sorted_by_date_unless_asked_otherwise()
    {
        var tag = World.Unique("tag");
        await ShowAsync(tag, "Cello", "2030-03-01T00:00:00Z", 30m);
        await ShowAsync(tag, "Aria", "2030-01-01T00:00:00Z", 20m);
        await ShowAsync(tag, "Ballet", "2030-02-01T00:00:00Z", 10m);

        Assert.Equal(["Aria", "Ballet", "Cello"], await NamesAsync($"/events?tag={tag}", 3));
        Assert.Equal(["Cello", "Ballet", "Aria"], await NamesAsync($"/events?tag={tag}&order=desc", 3));
        Assert.Equal(["Ballet", "Aria", "Cello"], await NamesAsync($"/events?tag={tag}&sort=price", 3));
        Assert.Equal(["Cello", "Ballet", "Aria"], await NamesAsync($"/events?tag={tag}&sort=name&order=desc", 3));
    }

    [Fact]
    public async Task Events_are_filtered_by_dates_and_prices()
    {
        var tag = World.Unique("tag");
        await ShowAsync(tag, "Early", "2030-01-01T00:00:00Z", 10m);
        await ShowAsync(tag, "Middle", "2030-02-01T12:00:00Z", 20m);
        await ShowAsync(tag, "Late", "2030-03-01T00:00:00Z", 30m);

        Assert.Equal(["Middle", "Late"], await NamesAsync($"/events?tag={tag}&start_date=2030-01-15", 2));
        Assert.Equal(["Early", "Middle"], await NamesAsync($"/events?tag={tag}&end_date=2030-02-15", 2));
        Assert.Equal(["Middle"], await NamesAsync($"/events?tag={tag}&start_date=2030-02-01T11:00:00Z&end_date=2030-02-01T13:00:00Z", 1));
        Assert.Equal(["Middle", "Late"], await NamesAsync($"/events?tag={tag}&min_price=15", 2));
        Assert.Equal(["Early", "Middle"], await NamesAsync($"/events?tag={tag}&max_price=20", 2));
        Assert.Equal(["Middle"], await NamesAsync($"/events?tag={tag}&min_price=15.50&max_price=29.99", 1));
    }

    [Fact]
    public async Task Events_are_filtered_by_city_artist_and_tags()
    {
        var tag = World.Unique("tag");
        var city = World.Unique("City");
        await ShowAsync(tag, "Here", "2030-01-01T00:00:00Z", 10m, city: city, artists: ["Björk"]);
        await ShowAsync(tag, "There", "2030-01-02T00:00:00Z", 10m, artists: ["Madonna"]);

        Assert.Equal(["Here"], await NamesAsync($"/events?city={city.ToUpperInvariant()}", 1));
        Assert.Equal(["Here"], await NamesAsync($"/events?tag={tag}&artist=Bj%C3%B6rk", 1));
        Assert.Empty((await _world.Anonymous.GetAsync($"/events?tag={tag}&artist=Nobody")).IsJson(200).List());
    }

    [Fact]
    public async Task Several_tags_narrow_the_list()
    {
        var (tag, other) = (World.Unique("tag"), World.Unique("tag"));
        await _world.ShowAsync(new ShowPlan { Name = "Both", Tags = [tag, other] });
        await _world.ShowAsync(new ShowPlan { Name = "One", Tags = [tag] });

        await NamesAsync($"/events?tag={tag}", 2);
        Assert.Equal(["Both"], await NamesAsync($"/events?tag={tag}&tag={other}", 1));
    }

    [Fact]
    public async Task Search_finds_in_spite_of_a_typo_or_a_missing_accent_and_puts_the_best_first()
    {
        var tag = World.Unique("tag");
        await ShowAsync(tag, "Beyoncé Renaissance", "2030-01-02T00:00:00Z", 10m);
        await ShowAsync(tag, "Metallica", "2030-01-01T00:00:00Z", 10m, description: "Loud music with a renaissance of thrash.");
        await ShowAsync(tag, "Quiet Evening", "2030-01-03T00:00:00Z", 10m, artists: ["Sigur Rós"]);

        Assert.Equal("Beyoncé Renaissance", (await NamesAsync($"/events?tag={tag}&search=beyonce", 1))[0]);
        Assert.Equal("Metallica", (await NamesAsync($"/events?tag={tag}&search=metalica", 1))[0]);
        Assert.Equal("Quiet Evening", (await NamesAsync($"/events?tag={tag}&search=sigur%20ros", 1))[0]);
        Assert.Equal("Beyoncé Renaissance", (await NamesAsync($"/events?tag={tag}&search=renaissance", 2))[0]);
        Assert.Equal("Metallica", (await NamesAsync($"/events?tag={tag}&search=renaissance&sort=date", 2))[0]);
        Assert.Equal("Metallica", (await NamesAsync($"/events?tag={tag}&search=renaissance&sort=relevance&order=asc", 2))[0]);
        Assert.Empty((await _world.Anonymous.GetAsync($"/events?tag={tag}&search=xylophonist")).Is(200).List());
    }

    [Fact]
    public async Task Cursors_walk_through_all_events_without_gaps_or_repeats_and_keep_the_filter()
    {
        var tag = World.Unique("tag");
        for (var i = 0; i < 7; i++)
            await ShowAsync(tag, $"Night {i}", "2030-01-01T00:00:00Z", 10m);
        await NamesAsync($"/events?tag={tag}", 7);

        foreach (var sort in (string[])["date", "price", "name"])
        {
            var all = await _world.Anonymous.AllAsync($"/events?tag={tag}&sort={sort}&limit=3");
            Assert.Equal(Enumerable.Range(0, 7).Select(i => $"Night {i}"), all.Select(Name).Order());
        }
    }

    [Fact]
    public async Task An_offset_works_too()
    {
        var tag = World.Unique("tag");
        for (var i = 0; i < 4; i++)
            await ShowAsync(tag, $"Night {i}", $"2030-01-0{i + 1}T00:00:00Z", 10m);
        await NamesAsync($"/events?tag={tag}", 4);

        Assert.Equal(["Night 2", "Night 3"], (await _world.Anonymous.GetAsync($"/events?tag={tag}&offset=2")).Is(200).List().Select(Name));
        Assert.Equal(["Night 1"], (await _world.Anonymous.GetAsync($"/events?tag={tag}&offset=1&limit=1")).Is(200).List().Select(Name));
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=201")]
    [InlineData("limit=-1")]
    [InlineData("limit=ten")]
    [InlineData("cursor=%21%21")]
    [InlineData("offset=-1")]
    [InlineData("sort=colour")]
    [InlineData("order=sideways")]
    [InlineData("start_date=yesterday")]
    [InlineData("end_date=2030-13-01")]
    [InlineData("min_price=cheap")]
    [InlineData("max_price=-1")]
    [InlineData("max_price=NaN")]
    public async Task A_wrong_query_is_refused_by_its_name(string query)
    {
        (await _world.Anonymous.GetAsync($"/events?{query}")).IsInvalid(query.Split('=')[0]);
    }

    [Fact]
    public async Task A_changed_or_cancelled_event_changes_in_the_list_within_seconds()
    {
        var tag = World.Unique("tag");
        var show = await ShowAsync(tag, "Before", "2030-01-01T00:00:00Z", 10m);
        await NamesAsync($"/events?tag={tag}", 1);

        (await show.Organizer.Api.PatchAsync(show.Path, new { name = "After" })).Is(200);
        await Eventually.AnswersAsync(
            () => _world.Anonymous.GetAsync($"/events?tag={tag}"),
            answer => answer.Is(200).List() is [var only] && Name(only) == "After",
            TimeSpan.FromSeconds(10));
    }

    private static string Name(JsonElement listed) => listed.GetProperty("name").GetString()!;

    private Task<Show> ShowAsync(
        string tag, string name, string start, decimal price, string city = "Berlin", string description = "An evening.", string[]? artists = null) =>
        _world.ShowAsync(new ShowPlan
        {
            Name = name,
            Start = start,
            City = city,
            Description = description,
            Tags = [tag],
            Artists = artists ?? [],
            Rows = [new("A", 1, "standard")],
            Prices = new Dictionary<string, decimal> { ["standard"] = price },
        });

    /// <summary>The names in the list's order, once as many are listed as were made.</summary>
    private async Task<IReadOnlyList<string>> NamesAsync(string path, int count)
    {
        var answer = await Eventually.AnswersAsync(() => _world.Anonymous.GetAsync(path), answer => answer.IsJson(200).List().Count == count, TimeSpan.FromSeconds(10));
        return [.. answer.List().Select(Name)];
    }
}
