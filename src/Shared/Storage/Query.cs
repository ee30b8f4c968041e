namespace Evently.Shared.Storage;

public enum Consistency
{
    /// <summary>May miss the last moments of writes; half the price on DynamoDB.</summary>
    Eventual,

    /// <summary>Sees every write that was answered before the read began.</summary>
    Strong,
}

/// <summary>
/// A range of sort values, both ends included, compared by UTF-8 bytes. Null means open. Either a prefix or ends, not both;
/// a range whose ends are crossed is empty.
/// </summary>
public readonly record struct SortRange(string? From, string? To, string? Prefix)
{
    public static readonly SortRange All;

    public static SortRange BeginsWith(string prefix) => new(null, null, prefix);

    public static SortRange Between(string from, string to) => new(from, to, null);

    public static SortRange AtLeast(string from) => new(from, null, null);

    public static SortRange AtMost(string to) => new(null, to, null);
}

/// <summary>A read of one partition in sort order.</summary>
/// <param name="Limit">Most items in the page, 1 to <see cref="TableLimits.PageItems"/>.</param>
/// <param name="After">Continue behind this sort value (the previous page's <see cref="Page.Next"/>).</param>
public sealed record Query(string Partition, SortRange Range, Consistency Consistency, int Limit, bool Descending = false, string? After = null);

/// <summary>A page of a query.</summary>
/// <param name="Next">Pass as <see cref="Query.After"/> for the next page; null when there is none. A page may be short and still have a next one.</param>
public sealed record Page(IReadOnlyList<Item> Items, string? Next);

/// <summary>A read of one partition of the secondary index, always eventually consistent. Entries with one sort value come in any, but always the same, order.</summary>
/// <param name="After">Continue behind this entry (the previous page's <see cref="IndexPage.Next"/>).</param>
public sealed record IndexQuery(string Partition, SortRange Range, int Limit, bool Descending = false, IndexEntry? After = null);

/// <summary>The secondary index projects keys only: the item's key and its sort value in the index.</summary>
public sealed record IndexEntry(ItemKey Key, string IndexSort);

public sealed record IndexPage(IReadOnlyList<IndexEntry> Entries, IndexEntry? Next);

/// <summary>
/// Bounds that hold on every engine. DynamoDB's quotas: 100 items and 4 MB a transaction, 400 KB an item, 100 keys a batched get, 1 MB a page,
/// 300 operators and 4 KB an expression.
/// </summary>
public static class TableLimits
{
    public const int TransactionWrites = 100;
    public const int TransactionBytes = 4 * 1024 * 1024;
    public const int ItemBytes = 400 * 1024;
    public const int BatchGetKeys = 100;
    public const int PageItems = 1_000;

    /// <summary>A page ends behind the item that reaches this size.</summary>
    public const int PageBytes = 1024 * 1024;

    public const int KeyBytes = 1_024;
    public const int AttributeNameBytes = 255;

    /// <summary>A condition, or the changes of an update, as an expression of DynamoDB; names and values are placeholders.</summary>
    public const int ExpressionBytes = 4 * 1024;

    /// <summary>Tests, negations, conjunctions, assignments and functions of one expression. An addition puts four into the condition: it keeps its sum a number of 64 bits.</summary>
    public const int ExpressionOperators = 300;

    /// <summary>Levels of one condition tree.</summary>
    public const int ConditionDepth = 16;

    /// <summary>Changes of one update, as far as <see cref="ExpressionBytes"/> allows.</summary>
    public const int Changes = 300;
}
