namespace Evently.Testing.Partitions;

/// <summary>Units that come in at a steady rate and of which few are saved.</summary>
/// <param name="perSecond">Units a second.</param>
internal sealed class UnitBucket(decimal perSecond)
{
    private readonly decimal _room = perSecond == decimal.MaxValue ? 0 : perSecond * (decimal)Throughput.Saved.TotalSeconds;
    private decimal _units;
    private TimeSpan _filledAt;

    /// <summary>One request that asks for more than may be saved is served from a full bucket, and what comes in next pays for it.</summary>
    public bool Has(decimal units, TimeSpan now)
    {
        if (perSecond == decimal.MaxValue)
            return true;
        _units = Math.Min(_room, _units + (perSecond * (decimal)(now - _filledAt).TotalSeconds));
        _filledAt = now;
        return _room > 0 && _units >= Math.Min(units, _room);
    }

    public void Take(decimal units) => _units -= units;
}
