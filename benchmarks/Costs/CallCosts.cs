using Evently.Simulation;
using Evently.Testing.Costs;
using Evently.Testing.Partitions;

namespace Evently.Costs;

/// <summary>What calls cost that are alone, on an instance that has served before and rested since.</summary>
internal sealed class CallCosts(SimulatedSystem system)
{
    public const int Seed = 4_711;

    /// <summary>Calls of each kind; the middle one counts: the size of an item differs by the digits of its times.</summary>
    private const int Times = 3;

    /// <summary>What an instance has copied within the last second is not read again.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    private readonly BoxOffice _office = new(system, Seed);

    /// <summary>By call, in the order of a purchase.</summary>
    public List<(string Call, Cost Cost)> Costs { get; } = [];

    /// <summary>What the last one of each kind was made of.</summary>
    public List<CostEntry> Lines { get; } = [];

    public async Task MeasureAsync()
    {
        system.Begin(Latencies.Usual, Throughput.Unlimited);
        await _office.OpenAsync(seats: 20);
        await system.DelayAsync(Rest);
        var ann = await _office.BuyerAsync();
        var (events, holdings, bookings) = (new List<string>(), new List<string>(), new List<string>());
        var positions = BoxOffice.Positions(4);
        await MeasureAsync("create an event of 20 seats", async (call, _) => events.Add(await _office.CreateEventAsync(call)));
        foreach (var eventId in events)
            (await _office.HoldAsync(ann, BoxOffice.Preparation, eventId, positions[2], positions[3])).Is(201);
        await MeasureAsync("hold 2 seats of one row", async (call, time) =>
            holdings.Add((await _office.HoldAsync(ann, call, events[time], positions[0], positions[1])).Is(201)["holding_id"]));
        await MeasureAsync("confirm", async (call, time) => bookings.Add((await _office.ConfirmAsync(ann, call, holdings[time])).Is(200)["booking_id"]));
        await MeasureAsync("cancel the booking, with its refund", async (call, time) => (await _office.CancelAsync(ann, call, bookings[time])).Is(200));
        await MeasureAsync("hold 2 seats that are gone", async (call, _) =>
            (await _office.HoldAsync(ann, call, events[0], positions[2], positions[3])).Is(409));
        await MeasureAsync("read an event", async (call, _) => (await _office.GetAsync(null, call, $"/events/{events[0]}")).Is(200));
        await MeasureAsync("read a seat map", async (call, _) => (await _office.GetAsync(null, call, $"/events/{events[0]}/seats")).Is(200));
        await MeasureAsync("search events", async (call, _) => (await _office.GetAsync(null, call, "/events?search=songs")).Is(200));
    }

    private async Task MeasureAsync(string call, Func<string, int, Task> make)
    {
        var costs = new List<Cost>();
        for (var time = 0; time < Times; time++)
        {
            await system.DelayAsync(Rest);
            system.Meter.Take();
            await make(call, time);
            await system.Host.SettleAsync();
            var lines = system.Meter.Take().Where(entry => entry.Line.Call == call).ToList();
            costs.Add(lines.Aggregate(default(Cost), (sum, entry) => sum + entry.Cost));
            if (time == Times - 1)
                Lines.AddRange(lines);
        }

        Costs.Add((call, new Cost(
            Middle(costs, cost => cost.Writes), Middle(costs, cost => cost.Reads), Middle(costs, cost => cost.Messages), Middle(costs, cost => cost.Requests))));
    }

    private static T Middle<T>(List<Cost> costs, Func<Cost, T> figure) => costs.Select(figure).Order().ElementAt(Times / 2);
}
