using System.Text.RegularExpressions;

namespace Evently.Api.Cloud.Tests.Telemetry;

/// <summary>The spans that docs/telemetry.md lists.</summary>
internal sealed partial class DocumentedSpans
{
    private readonly List<(string Source, string Kind, Regex Name)> _rows;

    private DocumentedSpans(string text) => _rows = [.. Row().Matches(text).Select(row => (row.Groups[2].Value, row.Groups[3].Value, Pattern(row.Groups[1].Value)))];

    public static DocumentedSpans Read()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Evently.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("Evently.sln is in no folder above the tests.");
        return new DocumentedSpans(File.ReadAllText(Path.Combine(folder.FullName, "docs", "telemetry.md")));
    }

    public bool Have(ExportedSpan span) => _rows.Exists(row =>
        row.Source == span.Source && string.Equals(row.Kind, span.Kind.ToString(), StringComparison.OrdinalIgnoreCase) && row.Name.IsMatch(span.Name));

    /// <summary>What is in braces stands for anything.</summary>
    private static Regex Pattern(string name) => new($"^{Placeholder().Replace(Regex.Escape(name), ".+")}$");

    [GeneratedRegex(@"^\| `([^`]+)`[^|]*\| `([\w.]+)` \| (internal|server|client|producer|consumer) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\\\{\w+\}")]
    private static partial Regex Placeholder();
}
