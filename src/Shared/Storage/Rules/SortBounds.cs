namespace Evently.Shared.Storage.Rules;

/// <summary>Whether a sort value is inside of a <see cref="SortRange"/>, end by end, so that a sorted list can be searched.</summary>
internal static class SortBounds
{
    public static bool IsAboveStart(SortRange range, string sort) =>
        (range.Prefix ?? range.From) is not { } start || Utf8Order.Compare(sort, start) >= 0;

    public static bool IsBelowEnd(SortRange range, string sort)
    {
        if (range.Prefix is { } prefix)
            return sort.StartsWith(prefix, StringComparison.Ordinal) || Utf8Order.Compare(sort, prefix) < 0;
        return range.To is not { } end || Utf8Order.Compare(sort, end) <= 0;
    }
}
