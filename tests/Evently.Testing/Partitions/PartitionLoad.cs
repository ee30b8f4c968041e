namespace Evently.Testing.Partitions;

/// <summary>What was asked of one partition key.</summary>
/// <param name="Served">Units in all.</param>
/// <param name="Peak">Units served in its busiest second.</param>
/// <param name="Throttled">Requests refused for this partition's own limit.</param>
public sealed record PartitionHeat(string Partition, bool IsIndex, bool IsRead, decimal Served, decimal Peak, int Throttled);

/// <summary>One partition key of the table or of the index, for reads or for writes.</summary>
internal sealed class PartitionLoad(string partition, bool isIndex, bool isRead, decimal perSecond)
{
    private readonly UnitBucket _bucket = new(perSecond);
    private long _second;
    private decimal _inSecond;
    private decimal _served;
    private decimal _peak;
    private int _throttled;

    public PartitionHeat Heat => new(partition, isIndex, isRead, _served, _peak, _throttled);

    public bool Has(decimal units, TimeSpan now)
    {
        if (_bucket.Has(units, now))
            return true;
        _throttled++;
        return false;
    }

    public void Serve(decimal units, TimeSpan now)
    {
        _bucket.Take(units);
        var second = (long)now.TotalSeconds;
        _inSecond = second == _second ? _inSecond + units : units;
        _second = second;
        _served += units;
        _peak = Math.Max(_peak, _inSecond);
    }
}
