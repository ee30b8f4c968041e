using Evently.Analytics.Rollups;
using Evently.Analytics.Views;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Evently.Analytics.Tests;

public sealed class TimelineTests
{
    private static readonly DateTimeOffset Now = new(2030, 5, 17, 18, 45, 30, TimeSpan.Zero);

    [Theory]
    [InlineData("Minute", "2030-02-28T23:59:00Z")]
    [InlineData("Hour", "2030-02-28T23:00:00Z")]
    [InlineData("Day", "2030-02-28T00:00:00Z")]
    public void A_bucket_s_place_tells_its_start_in_utc(string name, string start)
    {
        var granularity = Enum.Parse<Granularity>(name);
        var at = new DateTimeOffset(2030, 3, 1, 1, 59, 42, TimeSpan.FromHours(2));
        Assert.Equal(DateTimeOffset.Parse(start, null), Timeline.StartOf(granularity, at));
        Assert.Equal(DateTimeOffset.Parse(start, null), Timeline.StartOf(granularity, Timeline.PlaceOf(granularity, at)));
    }

    [Fact]
    public void Every_figure_has_a_letter_of_its_own()
    {
        var figures = Enum.GetValues<Figure>();
        Assert.Equal(figures.Length, figures.Select(Timeline.LetterOf).Distinct().Count());
        Assert.All(figures, figure => Assert.Equal(figure, Timeline.FigureOf(Timeline.LetterOf(figure))));
    }

    [Fact]
    public void Without_bounds_the_range_ends_now_and_is_as_long_as_allowed()
    {
        var range = Read(out var errors);
        Assert.False(errors.Any);
        Assert.Equal(new TimelineRange(Granularity.Hour, Now - TimeSpan.FromDays(92), Now), range);
    }

    [Theory]
    [InlineData("granularity", "week")]
    [InlineData("granularity", "0")]
    [InlineData("from", "yesterday")]
    [InlineData("to", "2030-05-17")]
    [InlineData("from", "2030-05-18T00:00:00Z")]
    [InlineData("from", "2029-01-01T00:00:00Z")]
    public void A_range_that_makes_no_sense_or_is_too_long_is_refused(string name, string value)
    {
        Read(out var errors, (name, value));
        Assert.True(errors.Any);
    }

    private static TimelineRange Read(out ValidationErrors errors, params (string Name, string Value)[] query)
    {
        errors = new ValidationErrors();
        return TimelineRange.Read(new QueryCollection(query.ToDictionary(pair => pair.Name, pair => new StringValues(pair.Value))), Now, errors);
    }
}
