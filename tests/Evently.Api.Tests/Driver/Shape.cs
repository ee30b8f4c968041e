using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Evently.Api.Tests.Driver;

/// <summary>Assertions on the conventions of ids, times, money and members.</summary>
public static partial class Shape
{
    /// <summary>All of these members are there; more may be.</summary>
    public static void Has(this JsonElement json, params IEnumerable<string> members)
    {
        var missing = members.Where(member => !json.TryGetProperty(member, out _)).ToList();
        if (missing.Count > 0)
            Assert.Fail($"Missing {string.Join(", ", missing)} in {json}");
    }

    public static void IsId(this JsonElement json, string prefix)
    {
        var id = json.GetString();
        Assert.Matches($"^{prefix}-[0-9A-HJKMNP-TV-Z]{{26}}$", id);
    }

    public static DateTimeOffset IsTime(this JsonElement json)
    {
        Assert.Matches(UtcTime(), json.GetString());
        return DateTimeOffset.Parse(json.GetString()!, CultureInfo.InvariantCulture);
    }

    /// <summary>The number as written, so that <c>45.5</c> is not <c>45.50</c>.</summary>
    public static void IsMoney(this JsonElement json, string written)
    {
        Assert.Equal(JsonValueKind.Number, json.ValueKind);
        Assert.Equal(written, json.GetRawText());
    }

    public static IReadOnlyList<string> Strings(this JsonElement json) => [.. json.EnumerateArray().Select(element => element.GetString()!)];

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")]
    private static partial Regex UtcTime();
}
