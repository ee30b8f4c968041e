using System.Text.RegularExpressions;

namespace Evently.Architecture.Tests;

/// <summary>docs/telemetry.md lists the spans and instruments that the source makes, and the dashboard draws no others.</summary>
public sealed partial class TelemetryTests
{
    private static readonly string Documentation = File.ReadAllText(Repository.File("docs/telemetry.md"));

    [Fact]
    public void Every_instrument_of_the_source_is_documented_and_no_other()
    {
        var made = InSources(Instrument()).ToList();

        Assert.True(made.Count > 8, "The instruments were not found.");
        Assert.Equal(made.Order(), DocumentedMetric().Matches(Documentation).Select(match => match.Groups[1].Value).Order());
    }

    [Fact]
    public void Every_span_of_the_source_is_documented_and_no_other()
    {
        var started = InSources(Span()).ToList();

        Assert.NotEmpty(started);
        Assert.Equal(started.Order(), DocumentedSpan().Matches(Documentation).Select(match => match.Groups[1].Value).Order());
    }

    [Fact]
    public void The_dashboard_draws_every_instrument_and_no_unknown_one()
    {
        var dashboard = File.ReadAllText(Repository.File("deploy/grafana/evently.json"));
        var drawn = DrawnMetric().Matches(dashboard).Select(match => match.Value).Distinct().ToList();
        var stems = InSources(Instrument()).Select(name => name.Replace('.', '_')).ToList();

        Assert.All(drawn, name => Assert.Contains(Stem(name), stems));
        Assert.All(stems, stem => Assert.Contains(drawn, name => Stem(name) == stem));
    }

    /// <summary>Prometheus's name of an instrument without what its unit and kind add.</summary>
    private static string Stem(string name) => Suffix().Replace(name, "");

    private static IEnumerable<string> InSources(Regex pattern) =>
        Directory.EnumerateFiles(Repository.Folder("src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => pattern.Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .Distinct();

    [GeneratedRegex(@"(?:Create(?:Counter|UpDownCounter|Histogram|Gauge|Observable\w+)(?:<\w+>)?|Observe)\(\s*(?:[\w.]+,\s*)?""([a-z_]+\.[a-z_.]+)""")]
    private static partial Regex Instrument();

    [GeneratedRegex(@"Start(?:Activity)\(\s*\$?""([^""]+)""")]
    private static partial Regex Span();

    [GeneratedRegex(@"^\| `([a-z_]+\.[a-z_.]+)` \| (?:counter|gauge|histogram) \|", RegexOptions.Multiline)]
    private static partial Regex DocumentedMetric();

    /// <summary>Rows of the section on Evently's own spans, which name the source beside the span.</summary>
    [GeneratedRegex(@"^\| `([^`]+)` \| `Evently\.\w+` \|", RegexOptions.Multiline)]
    private static partial Regex DocumentedSpan();

    /// <summary>Evently's own and those that it makes by convention; those of libraries are left out.</summary>
    [GeneratedRegex("(?:evently|(?:db|messaging)_client)_[a-z_]+")]
    private static partial Regex DrawnMetric();

    [GeneratedRegex("_(total|bytes|sum|count|seconds|seconds_total|seconds_bucket|seconds_count)$")]
    private static partial Regex Suffix();
}
