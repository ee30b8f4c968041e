using System.Text.RegularExpressions;

namespace Evently.Architecture.Tests;

/// <summary>Rules on the source text that neither the compiler nor an analyzer checks.</summary>
public sealed partial class SourceRuleTests
{
    [Fact]
    public void Nobody_names_the_keys_of_another_module()
    {
        var checkedFiles = 0;
        foreach (var module in Directory.GetDirectories(Repository.Folder("src/Modules")))
        {
            var own = Path.GetFileName(module).ToUpperInvariant() + "#";
            foreach (var file in SourcesBelow(module))
            {
                checkedFiles++;
                var foreign = KeyPrefix().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value).Where(prefix => prefix != own);
                Assert.True(!foreign.Any(), $"{file} names keys of another module: {string.Join(", ", foreign)}");
            }
        }

        Assert.True(checkedFiles > 5, "Sources were not found.");
    }

    [Fact]
    public void No_source_suppresses_a_rule_without_a_reason()
    {
        foreach (var file in SourcesBelow(Repository.Folder("src")))
        {
            foreach (var line in File.ReadLines(file).Where(line => line.Contains("#pragma warning disable", StringComparison.Ordinal)))
                Assert.True(line.Contains("//", StringComparison.Ordinal), $"{file}: {line.Trim()}");
        }
    }

    private static IEnumerable<string> SourcesBelow(string folder) =>
        Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    [GeneratedRegex("\"((?:VENUES|EVENTS|BOOKING|USERS|ANALYTICS|MAIL|HTTP)#)")]
    private static partial Regex KeyPrefix();
}
