using System.Diagnostics;
using Evently.Events.Search;

namespace Evently.Events.Tests.Search;

/// <summary>100,000 events: what a query looks at stays far below a scan. Times are printed, not asserted: they are the machine's.</summary>
public sealed class SearchCostTests(SearchCostTests.HundredThousand events, ITestOutputHelper output) : IClassFixture<SearchCostTests.HundredThousand>
{
    private const int Count = 100_000;

    public static TheoryData<string, int> Queries => new()
    {
        { "first page by date", 51 },
        { "first page by price, descending", 51 },
        { "one city of 200", 500 },
        { "a tag that a third has", 200 },
        { "tag and artist", 100 },
        { "one week, by name", 1_000 },
        { "search, one word with a typo", 1_000 },
        { "search, a rare and a common word", 1_000 },
        { "search, a word that all have", 1_000 },
    };

    [Theory]
    [MemberData(nameof(Queries))]
    public void A_query_examines_no_more_events_than_it_must(string name, int mostExamined)
    {
        var query = Query(name);
        var page = events.Index.Find(query);
        var elapsed = Enumerable.Range(0, 5).Min(_ => Time(query));

        output.WriteLine($"{name}: {page.Events.Count} events, {page.Examined} examined (a scan: {Count}), {elapsed.TotalMilliseconds:F2} ms");
        Assert.NotEmpty(page.Events);
        Assert.InRange(page.Examined, 1, mostExamined);
    }

    private TimeSpan Time(EventQuery query)
    {
        var started = Stopwatch.GetTimestamp();
        events.Index.Find(query);
        return Stopwatch.GetElapsedTime(started);
    }

    private static EventQuery Query(string name) => name switch
    {
        "first page by date" => Of(EventFilter.None, EventSort.Date),
        "first page by price, descending" => new EventQuery(EventFilter.None, new EventOrder(EventSort.Price, Descending: true), 50),
        "one city of 200" => Of(EventFilter.None with { City = "city 17" }, EventSort.Date),
        "a tag that a third has" => Of(EventFilter.None with { Tags = ["tag 1"] }, EventSort.Date),
        "tag and artist" => Of(EventFilter.None with { Tags = ["tag 1"], Artists = ["artist 1000"] }, EventSort.Name),
        "one week, by name" => Of(EventFilter.None with { StartsFrom = Some.Day.AddDays(100).Ticks, StartsBefore = Some.Day.AddDays(107).Ticks }, EventSort.Name),
        "search, one word with a typo" => Of(EventFilter.None with { Words = [Typo(Word(4711))] }, EventSort.Relevance),
        "search, a rare and a common word" => Of(EventFilter.None with { Words = [Word(4711), "concert"] }, EventSort.Relevance),
        "search, a word that all have" => Of(EventFilter.None with { Words = ["concert"] }, EventSort.Relevance),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    /// <summary>One of 20^4 words of four syllables.</summary>
    private static string Word(int number)
    {
        string[] syllables = ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "we", "xi", "yo", "zu"];
        var scattered = (number * 7_919) % 160_000;
        return string.Concat(Enumerable.Range(0, 4).Select(place => syllables[scattered / (int)Math.Pow(20, place) % 20]));
    }

    private static string Typo(string word) => word[..2] + word[3] + word[2] + word[4..];

    private static EventQuery Of(EventFilter filter, EventSort sort) => new(filter, EventOrder.Default(sort), 50);

    public sealed class HundredThousand : IDisposable
    {
        public HundredThousand() => Index.Apply([.. Enumerable.Range(0, Count).Select(Make)]);

        internal EventIndex Index { get; } = new(TimeProvider.System);

        public void Dispose() => Index.Dispose();

        private static Event Make(int i) => Some.Event(
            i,
            $"Concert {i % 50} {Word(i % 10_000)}",
            $"An evening with {Word(i % 500)} and more {Word((i * 7) % 900)}, doors open early, bring {Word((i * 13) % 20_000)}",
            [$"Artist {i % 5_000}"],
            [$"tag {i % 3}", $"genre {i % 40}"],
            $"City {i % 200}",
            Some.Day.AddHours(i % 20_000),
            prices: [(i * 31) % 9_000 + 500]);
    }
}
