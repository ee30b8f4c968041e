using Evently.Booking.Contracts;

namespace Evently.Booking.Tally;

/// <summary>What this instance has to tell about sales: events whose seats changed or whose holds end, and holds that were refused, by minute.</summary>
internal sealed class TallyBook
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Page> _pages = new(StringComparer.Ordinal);

    /// <summary>The event's seats changed.</summary>
    public void Touch(string eventId)
    {
        lock (_gate)
            PageOf(eventId).IsTouched = true;
    }

    /// <summary>A hold was refused.</summary>
    public void Refuse(string eventId, DateTimeOffset now)
    {
        var minute = MinuteOf(now);
        lock (_gate)
        {
            var refused = PageOf(eventId).Refused;
            refused[minute] = refused.GetValueOrDefault(minute) + 1;
        }
    }

    /// <summary>Events that have something to tell, each at most once a second; all that have, where <paramref name="flush"/>.</summary>
    public IReadOnlyList<string> ListDue(DateTimeOffset now, bool flush)
    {
        lock (_gate)
        {
            var due = new List<string>();
            foreach (var (eventId, page) in _pages)
            {
                if (page.HasNews(now) && (flush || page.ToldAt is not { } toldAt || IsPaced(now, toldAt)))
                    due.Add(eventId);
            }

            return due;
        }
    }

    /// <summary>
    /// Begins a tally: what changes from now on belongs to the next one. What an earlier tally could not deliver comes back as it was.
    /// </summary>
    public (SalesTallied? Unsent, IReadOnlyList<MinuteCount> Refused) Open(string eventId)
    {
        lock (_gate)
        {
            var page = PageOf(eventId);
            if (page.Unsent is not null)
                return (page.Unsent, []);
            page.IsTouched = false;
            return (null, [.. page.Refused.Select(pair => new MinuteCount(pair.Key, pair.Value))]);
        }
    }

    /// <summary>Keeps a tally until it is delivered, so that a retry says the same under the same sequence.</summary>
    public void Keep(SalesTallied tally, DateTimeOffset? nextExpiry)
    {
        lock (_gate)
        {
            var page = PageOf(tally.EventId);
            page.Unsent = tally;
            page.NextExpiry = nextExpiry;
            foreach (var (minute, count) in tally.RefusedHolds)
            {
                if ((page.Refused[minute] -= count) == 0)
                    page.Refused.Remove(minute);
            }
        }
    }

    public void Close(string eventId, DateTimeOffset now)
    {
        lock (_gate)
        {
            var page = PageOf(eventId);
            page.Unsent = null;
            page.ToldAt = now;
        }
    }

    /// <summary>Drops the events about which nothing is left to tell.</summary>
    public void Tidy(DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (var (eventId, page) in _pages)
            {
                if (!page.HasNews(now) && page.NextExpiry is null && page.ToldAt is { } toldAt && IsPaced(now, toldAt))
                    _pages.Remove(eventId);
            }
        }
    }

    /// <summary>The event is not known here (any more).</summary>
    public void Forget(string eventId)
    {
        lock (_gate)
            _pages.Remove(eventId);
    }

    public static DateTimeOffset MinuteOf(DateTimeOffset instant) =>
        new(instant.UtcTicks - instant.UtcTicks % TimeSpan.TicksPerMinute, TimeSpan.Zero);

    /// <summary>Also when the clock was set back: a time that lies ahead is no reason to be silent until it comes.</summary>
    private static bool IsPaced(DateTimeOffset now, DateTimeOffset toldAt) => (now - toldAt).Duration() >= Pace;

    private Page PageOf(string eventId)
    {
        if (!_pages.TryGetValue(eventId, out var page))
            _pages[eventId] = page = new Page();
        return page;
    }

    private sealed class Page
    {
        public bool IsTouched { get; set; }

        public Dictionary<DateTimeOffset, int> Refused { get; } = [];

        public DateTimeOffset? NextExpiry { get; set; }

        public DateTimeOffset? ToldAt { get; set; }

        public SalesTallied? Unsent { get; set; }

        public bool HasNews(DateTimeOffset now) => IsTouched || Refused.Count > 0 || Unsent is not null || NextExpiry <= now;
    }
}
