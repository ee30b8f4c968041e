using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Microsoft.Extensions.Options;

namespace Evently.Booking.Seats;

/// <summary>Whether other instances write to the same ledger.</summary>
internal sealed class SeatMapOptions
{
    /// <summary>With the embedded store this process is the only writer and its snapshots miss nothing; otherwise they are read again every second while in use.</summary>
    public bool SharedStore { get; set; }
}

/// <summary>The snapshots of the events in use: read from the ledger on first use, one reader at a time, the least used dropped.</summary>
internal sealed class SeatMaps(LedgerReader reader, IOptions<SeatMapOptions> options, TimeProvider time)
{
    /// <summary>32 bytes a seat, and the rendered map: some 200 MB at most.</summary>
    private const int CachedSeats = 4_000_000;
    private const int CachedEvents = 10_000;

    private readonly TimeProvider _time = time;
    private readonly TimeSpan _oldestCopy = options.Value.SharedStore ? TimeSpan.FromSeconds(1) : TimeSpan.MaxValue;
    private readonly LruCache<Ulid, Entry> _entries = new(CachedEvents, CachedSeats, entry => entry.Map.Plan.SeatCount);

    /// <summary>The snapshot if there is one, perhaps not loaded yet.</summary>
    public SeatMap? Peek(Ulid eventId) => _entries.Find(eventId)?.Map;

    /// <summary>The snapshot, loaded.</summary>
    public async ValueTask<SeatMap> GetAsync(OnSaleEvent on, CancellationToken cancellationToken) => (await FindAsync(on, cancellationToken)).Map;

    /// <summary>The rendered map of the event; shared by all who look at it.</summary>
    public async ValueTask<CompactSeatMap> RenderAsync(OnSaleEvent on, CancellationToken cancellationToken) =>
        (await FindAsync(on, cancellationToken)).Compact.Render(on.Prices, _time.GetUtcNow());

    private async ValueTask<Entry> FindAsync(OnSaleEvent on, CancellationToken cancellationToken)
    {
        // Registered before it is read, so that no write slips between the read and the registration.
        var entry = _entries.Find(on.Id) ?? _entries.Add(on.Id, new Entry(this, on));
        await entry.Freshness.EnsureAsync(cancellationToken);
        return entry;
    }

    /// <summary>
    /// Strong reads: an older copy could take back what this instance wrote itself. The seam for a change feed: whatever learns of other
    /// instances' writes calls <see cref="SeatMap.Observe(PlanBlock, Item, long)"/>.
    /// </summary>
    private async Task ReadAsync(SeatMap map, OnSaleEvent on)
    {
        var mark = map.Sequence;
        await foreach (var (block, item) in reader.ReadAllAsync(on, CancellationToken.None))
            map.Observe(block, item, mark);
        map.IsLoaded = true;
    }

    private sealed class Entry
    {
        public Entry(SeatMaps maps, OnSaleEvent on)
        {
            Map = new SeatMap(on);
            Compact = new CompactSeatMapRenderer(Map);
            Freshness = new Freshness(maps._time, maps._oldestCopy, () => maps.ReadAsync(Map, on), isRead: false);
        }

        public SeatMap Map { get; }

        public CompactSeatMapRenderer Compact { get; }

        public Freshness Freshness { get; }
    }
}
