using Evently.Simulation;
using Evently.Testing.Costs;
using Evently.Testing.Partitions;

namespace Evently.Partitions;

/// <summary>When in the sale something was done, since its opening.</summary>
internal sealed record SaleTimes(TimeSpan AllHeld, TimeSpan? AllBooked, TimeSpan AllTold);

/// <summary>
/// A sale by the real code: every purchase is made over HTTP and goes through sagas, relays, queues and consumers of all modules; only the table and the
/// queues are simulated. Nothing is extrapolated from a sample. Each buyer takes any seats that are free on a map that is a second old, so that the last
/// seats are fought for; who is refused takes others, who is not served asks again.
/// </summary>
internal sealed class Sale(SimulatedSystem system, SaleOptions options)
{
    public const string Hold = "hold";
    public const string Confirm = "confirm";

    private static readonly TimeSpan MapAge = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly BoxOffice _office = new(system, options.Seed);
    private readonly Random _choice = new(options.Seed);
    private readonly string[][] _purchases = [.. BoxOffice.Positions(options.Seats).Chunk(options.Party)];
    private readonly List<int> _free = [];
    private readonly Dictionary<int, int> _places = [];
    private readonly HashSet<int> _sold = [];
    private string _eventId = "";
    private TimeSpan _opened;
    private int _booked;

    public int Purchases => _purchases.Length;

    /// <summary>Answers by call and status.</summary>
    public SortedDictionary<(string Call, int Status), int> Answers { get; } = [];

    public TablePartitions Partitions { get; private set; } = null!;

    public SaleTimes Times { get; private set; } = null!;

    public IReadOnlyList<CostEntry> Entries { get; private set; } = [];

    private TimeSpan Elapsed => system.Time.Elapsed - _opened;

    public async Task RunAsync()
    {
        system.Begin(Latencies.Usual, Throughput.Unlimited);
        await _office.OpenAsync(options.Seats);
        _eventId = await _office.CreateEventAsync();
        await system.Host.SettleAsync();
        for (var purchase = 0; purchase < Purchases; purchase++)
            Show(purchase);

        Partitions = system.Begin(Latencies.Usual, Throughput.NewOnDemand with { TableWrites = options.TableWrites });
        system.Meter.Take();
        _opened = system.Time.Elapsed;
        var (allHeld, allBooked) = (TimeSpan.Zero, (TimeSpan?)null);
        await Task.WhenAll(Enumerable.Range(0, options.Crowd).Select(_ => BuyAsync(() => allHeld = Elapsed, () => allBooked = Elapsed)));
        await system.Host.SettleAsync();
        Times = new SaleTimes(allHeld, allBooked, Elapsed);
        Entries = system.Meter.Take();
    }

    private async Task BuyAsync(Action allHeld, Action allBooked)
    {
        var buyer = await _office.BuyerAsync();
        while (_sold.Count < Purchases)
        {
            if (_free.Count == 0)
            {
                await system.DelayAsync(MapAge);
                continue;
            }

            var purchase = _free[_choice.Next(_free.Count)];
            var held = Count(Hold, await _office.HoldAsync(buyer, Hold, _eventId, _purchases[purchase]));
            if (held.Status == 409)
                HideForNow(purchase);
            if (held.Status is 429 or 503)
                await system.DelayAsync(RetryAfter);
            if (held.Status != 201)
                continue;
            _sold.Add(purchase);
            _ = HideLaterAsync(purchase);
            if (_sold.Count == Purchases)
                allHeld();
            if (!options.HoldsOnly && await ConfirmAsync(buyer, held["holding_id"]) && ++_booked == Purchases)
                allBooked();
            buyer = await _office.BuyerAsync();
        }
    }

    private async Task<bool> ConfirmAsync(Person buyer, string holdingId)
    {
        while (true)
        {
            var answer = Count(Confirm, await _office.ConfirmAsync(buyer, Confirm, holdingId));
            if (answer.Status is not (202 or 503))
                return answer.Status == 200;
            await system.DelayAsync(RetryAfter);
        }
    }

    private Reply Count(string call, Reply reply)
    {
        Answers[(call, reply.Status)] = Answers.GetValueOrDefault((call, reply.Status)) + 1;
        return reply;
    }

    private async Task HideLaterAsync(int purchase)
    {
        await system.DelayAsync(MapAge);
        Hide(purchase);
    }

    /// <summary>Seats that are refused and nobody has were taken for somebody who was not served in the end; they are given back.</summary>
    private void HideForNow(int purchase)
    {
        Hide(purchase);
        if (!_sold.Contains(purchase))
            _ = ShowLaterAsync(purchase);
    }

    private async Task ShowLaterAsync(int purchase)
    {
        await system.DelayAsync(MapAge);
        if (!_sold.Contains(purchase))
            Show(purchase);
    }

    private void Show(int purchase)
    {
        if (!_places.TryAdd(purchase, _free.Count))
            return;
        _free.Add(purchase);
    }

    private void Hide(int purchase)
    {
        if (!_places.Remove(purchase, out var place))
            return;
        var last = _free[^1];
        _free.RemoveAt(_free.Count - 1);
        if (last == purchase)
            return;
        _free[place] = last;
        _places[last] = place;
    }
}
