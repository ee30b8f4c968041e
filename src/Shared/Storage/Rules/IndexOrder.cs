namespace Evently.Shared.Storage.Rules;

/// <summary>The order of the secondary index: by sort value, then by key.</summary>
internal sealed class IndexOrder : IComparer<IndexEntry>
{
    public static readonly IndexOrder Instance = new();

    int IComparer<IndexEntry>.Compare(IndexEntry? x, IndexEntry? y) => Compare(x!, y!);

    public static int Compare(IndexEntry left, IndexEntry right)
    {
        var order = Utf8Order.Compare(left.IndexSort, right.IndexSort);
        if (order == 0)
            order = Utf8Order.Compare(left.Key.Partition, right.Key.Partition);
        return order != 0 ? order : Utf8Order.Compare(left.Key.Sort, right.Key.Sort);
    }
}
