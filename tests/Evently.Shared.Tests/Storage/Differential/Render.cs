using System.Globalization;
using Evently.Shared.Storage;

namespace Evently.Shared.Tests.Storage.Differential;

/// <summary>Answers as text, to be compared and to be read when they differ.</summary>
internal static class Render
{
    public static string Item(Item? item) => item is null
        ? "none"
        : $"{item.Key} {{ {string.Join(", ", item.Attributes.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}:{pair.Value.Kind}={pair.Value}"))} }}";

    /// <summary>What refused is left out: not every engine can tell.</summary>
    public static string Result(WriteResult result) => result.Applied ? $"applied {Item(result.Item)}" : "refused";

    public static string Result(TransactionResult result) =>
        result.Applied ? "applied" : string.Create(CultureInfo.InvariantCulture, $"refused {string.Join(',', result.Refused)}");

    /// <summary>The sort values in their order, and the entries without the order of those with equal sort values.</summary>
    public static string Entries(IReadOnlyList<IndexEntry> entries) =>
        string.Join(' ', entries.Select(entry => entry.IndexSort)) + " | " + string.Join(' ', entries.Select(entry => entry.ToString()).Order(StringComparer.Ordinal));
}

internal static class Drain
{
    public static async Task<List<Item>> AllAsync(ITableEngine engine, Query query)
    {
        var items = new List<Item>();
        string? after = null;
        do
        {
            var page = await engine.QueryAsync(query with { After = after }, CancellationToken.None);
            items.AddRange(page.Items);
            after = page.Next;
        }
        while (after is not null);
        return items;
    }

    public static async Task<List<IndexEntry>> AllAsync(ITableEngine engine, IndexQuery query)
    {
        var entries = new List<IndexEntry>();
        IndexEntry? after = null;
        do
        {
            var page = await engine.QueryIndexAsync(query with { After = after }, CancellationToken.None);
            entries.AddRange(page.Entries);
            after = page.Next;
        }
        while (after is not null);
        return entries;
    }
}
