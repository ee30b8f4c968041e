using System.Text.Json;
using Evently.Booking.Holds;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Venues.Contracts;
using Microsoft.Extensions.Options;

namespace Evently.Booking.Catalog;

/// <summary>
/// The events that this instance serves, read once from Booking's own replica and kept while they are in use. Plans never change;
/// the terms that do are read again at most every half second, so that what another instance was told counts here within a second.
/// </summary>
internal sealed class EventCatalog(ModuleTable<BookingModule> table, Replica replica, IOptions<HoldOptions> options, TimeProvider time)
{
    /// <summary>Most seats in memory, over all events; at least the event in use stays.</summary>
    private const int CachedSeats = 4_000_000;

    /// <summary>Most events in memory; small ones have a cost beside their seats.</summary>
    private const int CachedEvents = 10_000;

    private static readonly TimeSpan OldestTerms = TimeSpan.FromSeconds(1);

    private readonly LruCache<Ulid, Entry> _entries = new(CachedEvents, CachedSeats, entry => entry.Event.Plan.SeatCount);
    private readonly SingleFlight<Ulid, Entry?> _loads = new();

    /// <summary>The event, waited for briefly when it is new; null when there is none, or while it is a draft.</summary>
    /// <exception cref="ReplicaLateException">It may have been made moments ago.</exception>
    public async ValueTask<OnSaleEvent?> FindAsync(string eventId, CancellationToken cancellationToken)
    {
        if (!PrefixedId.TryParse(eventId, OnSaleEvent.IdPrefix, out var ulid))
            return null;
        var entry = _entries.Find(ulid)
            ?? await replica.WaitForAsync(
                ulid,
                token => new ValueTask<Entry?>(_loads.RunAsync(ulid, () => LoadAsync(ulid), token)),
                cancellationToken,
                async token => await table.GetAsync(Keys.EventDraft(ulid), Consistency.Strong, token) is not null);
        if (entry is null)
            return null;
        await entry.Freshness.EnsureAsync(cancellationToken);
        return entry.Event;
    }

    /// <summary>Whether the event is cancelled by what is stored at this moment.</summary>
    public async ValueTask<bool> IsCancelledNowAsync(string eventId, CancellationToken cancellationToken)
    {
        if (!PrefixedId.TryParse(eventId, OnSaleEvent.IdPrefix, out var ulid))
            return false;
        var terms = EventTerms.Read(await table.GetAsync(Keys.EventTerms(ulid), Consistency.Strong, cancellationToken));
        Accept(ulid, terms);
        return terms.IsCancelled;
    }

    /// <summary>Takes over terms that this instance has just stored.</summary>
    public void Accept(Ulid eventId, EventTerms terms) => _entries.Find(eventId)?.Accept(terms);

    /// <summary>A crowd that arrives at the opening of a sale reads the plan once; no single caller's going away ends that read.</summary>
    private async Task<Entry?> LoadAsync(Ulid eventId)
    {
        if (_entries.Find(eventId) is { } loaded)
            return loaded;
        var terms = await ReadTermsAsync(eventId);
        if (terms.Fixed is null || await ReadPlanAsync(eventId, CancellationToken.None) is not { } plan)
            return null;
        return _entries.Add(eventId, new Entry(ToEvent(eventId, terms, terms.Fixed, plan), terms.Version, time, () => ReadTermsAsync(eventId)));
    }

    private async Task<EventTerms> ReadTermsAsync(Ulid eventId) =>
        EventTerms.Read(await table.GetAsync(Keys.EventTerms(eventId), Consistency.Strong, CancellationToken.None));

    /// <summary>Null while a part is still on its way.</summary>
    private async ValueTask<SeatPlan?> ReadPlanAsync(Ulid eventId, CancellationToken cancellationToken)
    {
        var parts = new List<Item>();
        await foreach (var item in table.ScanPartitionAsync(
            Keys.EventPartition(eventId), SortRange.BeginsWith(Keys.PlanPartPrefix), Consistency.Strong, cancellationToken))
            parts.Add(item);
        if (parts.Count == 0 || parts.Count < parts[0]["parts"].Number)
            return null;
        return SeatPlan.Build(eventId, parts.SelectMany(part => JsonSerializer.Deserialize(part["runs"].String, CatalogJson.Default.IReadOnlyListSeatRun) ?? []));
    }

    private OnSaleEvent ToEvent(Ulid eventId, EventTerms terms, FixedTerms fixedTerms, SeatPlan plan) => new(
        PrefixedId.Format(OnSaleEvent.IdPrefix, eventId),
        fixedTerms.OrganizerId,
        terms.Name,
        fixedTerms.Currency,
        terms.ChangedPrices?.ByType ?? fixedTerms.Prices,
        terms.SalesOpenAt,
        TimeSpan.FromSeconds(fixedTerms.HoldSeconds ?? options.Value.DefaultSeconds),
        fixedTerms.MaxSeatsPerBooking,
        terms.IsCancelled,
        plan,
        terms.StartTime,
        terms.SalesCloseAt ?? terms.StartTime,
        fixedTerms.MaxSeatsPerUser);

    private sealed class Entry
    {
        private readonly Lock _gate = new();
        private int _version;
        private volatile OnSaleEvent _event;

        public Entry(OnSaleEvent on, int version, TimeProvider time, Func<Task<EventTerms>> readTerms)
        {
            _event = on;
            _version = version;
            Freshness = new Freshness(time, OldestTerms, async () => Accept(await readTerms()), isRead: true);
        }

        public OnSaleEvent Event => _event;

        public Freshness Freshness { get; }

        /// <summary>The same object as long as the prices are the same.</summary>
        private IReadOnlyDictionary<string, long> PricesOf(EventTerms terms) =>
            terms.ChangedPrices is { } changed && !changed.Equals(new Prices(_event.Prices)) ? changed.ByType : _event.Prices;

        /// <summary>A read that was overtaken by a later save must not bring the old terms back.</summary>
        public void Accept(EventTerms terms)
        {
            lock (_gate)
            {
                if (terms.Version <= _version)
                    return;
                _version = terms.Version;
                _event = _event with
                {
                    Name = terms.Name,
                    SalesOpenAt = terms.SalesOpenAt,
                    SalesCloseAt = terms.SalesCloseAt ?? terms.StartTime,
                    StartTime = terms.StartTime,
                    Prices = PricesOf(terms),
                    IsCancelled = terms.IsCancelled,
                };
            }
        }
    }
}
