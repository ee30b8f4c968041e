using Evently.Events.Search;
using Evently.Shared.Text;

namespace Evently.Events.Tests.Search;

public sealed class SearchTests
{
    [Theory]
    [InlineData("Café del Mar", "cafe del mar")]
    [InlineData("  MÖTLEY   Crüe ", "motley crue")]
    [InlineData("Straße Łódź Ærø", "strasse lodz aero")]
    [InlineData("ＦＵＬＬ", "full")]
    public void Folding_drops_case_accents_and_doubled_blanks(string text, string folded) => Assert.Equal(folded, TextFolding.Fold(text));

    [Theory]
    [InlineData("beethoven", "beethoven", 0)]
    [InlineData("betthoven", "beethoven", 1)]
    [InlineData("beehtoven", "beethoven", 1)]
    [InlineData("bethovn", "beethoven", 2)]
    [InlineData("jzaz", "jazz", 1)]
    [InlineData("abcdef", "uvwxyz", 3)]
    public void Edits_count_insertions_removals_replacements_and_swaps(string one, string other, int edits) =>
        Assert.Equal(edits, WordSimilarity.Edits(one, other, limit: 2));

    [Theory]
    [InlineData("Beethoven")]
    [InlineData("beethovn")]
    [InlineData("Bethoven")]
    [InlineData("beehtoven")]
    [InlineData("beetho")]
    [InlineData("BÉÉTHOVEN")]
    [InlineData("symphny")]
    [InlineData("jzaz")]
    [InlineData("orkest")]
    [InlineData("beethoven night nonsense")]
    public void A_search_forgives_typing_errors_missing_accents_and_unfinished_words(string search)
    {
        using var index = new EventIndex(TimeProvider.System);
        var wanted = Some.Event(1, name: "Beethoven Night", description: "The Ninth Symphony", artists: ["Örkester Nord"], tags: ["jazz"]);
        index.Apply([wanted, Some.Event(2, name: "Monster trucks", description: "Loud", artists: ["Grave Digger"], tags: ["motors"])]);

        Assert.Equal([wanted.EventId], Found(index, search));
    }

    [Theory]
    [InlineData("xylophone")]
    [InlineData("night fever")]
    [InlineData("!!!")]
    public void A_search_for_something_else_finds_nothing(string search)
    {
        using var index = new EventIndex(TimeProvider.System);
        index.Apply([Some.Event(1, name: "Beethoven Night"), Some.Event(2, name: "Monster trucks")]);

        Assert.Empty(Found(index, search));
    }

    [Fact]
    public void A_name_counts_for_more_than_an_artist_a_tag_and_a_description_and_a_whole_word_more_than_a_similar_one()
    {
        using var index = new EventIndex(TimeProvider.System);
        Event[] ranked =
        [
            Some.Event(5, name: "Aurora live"),
            Some.Event(4, name: "Show one", artists: ["Aurora"]),
            Some.Event(6, name: "Aurorae"),
            Some.Event(3, name: "Show two", tags: ["aurora"]),
            Some.Event(2, name: "Show three", description: "with aurora"),
        ];
        index.Apply(ranked.Reverse().ToArray());

        Assert.Equal(ranked.Select(e => e.EventId), Found(index, "aurora"));
    }

    [Fact]
    public void A_changed_event_is_found_by_its_new_words_only_and_an_older_revision_does_not_come_back()
    {
        using var index = new EventIndex(TimeProvider.System);
        var first = Some.Event(1, name: "Alpha", tags: ["one"]);
        var second = first with { Revision = 2, Name = "Omega", Tags = ["two"] };

        index.Apply(first);
        index.Apply(second);
        index.Apply(first);

        Assert.Empty(Found(index, "alpha"));
        Assert.Equal([first.EventId], Found(index, "omega"));
        Assert.Empty(index.Find(new EventQuery(EventFilter.None with { Tags = ["one"] }, EventOrder.Default(EventSort.Date), 10)).Events);
        Assert.Equal(["Omega"], index.Find(new EventQuery(EventFilter.None, EventOrder.Default(EventSort.Date), 10)).Events.Select(e => e.Name));
    }

    [Fact]
    public void Many_changes_are_compacted_and_nothing_is_lost()
    {
        using var index = new EventIndex(TimeProvider.System);
        var @event = Some.Event(1, name: "Alpha");
        for (var revision = 1; revision <= 1_100; revision++)
            index.Apply(@event with { Revision = revision, Name = $"Alpha {revision}" });

        index.CompactIfWorthwhile();

        Assert.Equal(1, index.Count);
        Assert.Equal([@event.EventId], Found(index, "1100"));
    }

    private static IEnumerable<string> Found(EventIndex index, string search)
    {
        var filter = EventFilter.None with { Words = TextFolding.Words(TextFolding.Fold(search)) };
        return index.Find(new EventQuery(filter, EventOrder.Default(EventSort.Relevance), 10)).Events.Select(e => e.EventId);
    }
}
