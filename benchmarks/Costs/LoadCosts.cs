using Evently.Simulation;
using Evently.Testing.Costs;

namespace Evently.Costs;

/// <param name="Steps">What one booking costs, by call, step and keys.</param>
/// <param name="Loops">What the instance's loops cost in a second of the same time.</param>
internal sealed record LoadFigures(IReadOnlyList<(CostLine Line, LoadCost Cost)> Steps, LoadCost Loops)
{
    public LoadCost Of(string call) => Sum(Steps.Where(step => step.Line.Call == call));

    public LoadCost InAll => Sum(Steps);

    private static LoadCost Sum(IEnumerable<(CostLine Line, LoadCost Cost)> steps) => steps.Aggregate(default(LoadCost), (sum, step) => sum + step.Cost);
}

/// <summary>A share of a cost.</summary>
internal readonly record struct LoadCost(decimal Writes, decimal Reads, decimal Requests)
{
    public static LoadCost operator +(LoadCost one, LoadCost other) => new(one.Writes + other.Writes, one.Reads + other.Reads, one.Requests + other.Requests);

    public static LoadCost ShareOf(Cost cost, decimal shares) => new(cost.Writes / shares, cost.Reads / shares, cost.Requests / shares);
}

/// <summary>What a two-seat booking costs of many at once: they share reads of the event, batches of the outbox and batches of the queues.</summary>
internal sealed class LoadCosts(SimulatedSystem system)
{
    public const int Bookings = 200;

    /// <summary>A sale at its height: as many as a new table's 4,000 units serve.</summary>
    public const int BookingsPerSecond = 300;

    /// <summary>Until then all of it has come to rest; the same number of rollups falls into any such time.</summary>
    public static readonly TimeSpan Measured = TimeSpan.FromSeconds(4);

    private const int HallSeats = 4_000;
    private const int WarmUps = 40;
    private const int SeatsEach = 2;
    private readonly BoxOffice _office = new(system, CallCosts.Seed + 1);
    private string _eventId = "";

    public LoadFigures Figures { get; private set; } = new([], default);

    public async Task MeasureAsync()
    {
        await _office.OpenAsync(HallSeats);

        // Buyers of one moment sit anywhere: what lies together is shared as little as in a real hall.
        var pairs = BoxOffice.Positions(HallSeats).Chunk(SeatsEach).ToArray();
        new Random(CallCosts.Seed).Shuffle(pairs);
        _eventId = await _office.CreateEventAsync();
        await system.Host.SettleAsync();
        await BuyAsync(isMeasured: false, pairs[..WarmUps]);
        await system.Host.SettleAsync();

        system.Meter.Take();
        var started = system.Time.Elapsed;
        await BuyAsync(isMeasured: true, pairs[WarmUps..(WarmUps + Bookings)]);
        await system.DelayAsync(Measured - (system.Time.Elapsed - started));
        var entries = system.Meter.Take();
        Figures = new LoadFigures(
            [.. entries.Where(entry => entry.Line.Call is not null)
                .GroupBy(entry => entry.Line with { Operation = "" })
                .Select(line => (line.Key, LoadCost.ShareOf(Sum(line), Bookings)))
                .OrderBy(step => PlaceOf(step.Key), StringComparer.Ordinal)],
            LoadCost.ShareOf(Sum(entries.Where(entry => entry.Line.Call is null)), (decimal)Measured.TotalSeconds));
    }

    /// <summary>A purchase's order: its requests and Booking's handlers, then the relay, then what others do about it.</summary>
    private static string PlaceOf(CostLine line)
    {
        var stage = line.Step switch
        {
            "request" => 0,
            "relay" => 2,
            _ => line.Step.EndsWith(" in booking", StringComparison.Ordinal) ? 1 : 3,
        };
        return $"{(line.Call == "hold" ? 0 : 1)}{stage}{line.Step} {line.Keys}";
    }

    private static Cost Sum(IEnumerable<CostEntry> entries) => entries.Aggregate(default(Cost), (sum, entry) => sum + entry.Cost);

    /// <summary>One purchase after the other begins, whatever became of those before.</summary>
    private async Task BuyAsync(bool isMeasured, string[][] pairs)
    {
        var purchases = new List<Task>();
        foreach (var pair in pairs)
        {
            purchases.Add(BuyOneAsync(await _office.BuyerAsync(), isMeasured, pair));
            await system.DelayAsync(TimeSpan.FromSeconds(1) / BookingsPerSecond);
        }

        await Task.WhenAll(purchases);
    }

    private async Task BuyOneAsync(Person buyer, bool isMeasured, string[] seats)
    {
        var held = (await _office.HoldAsync(buyer, isMeasured ? "hold" : BoxOffice.Preparation, _eventId, seats)).Is(201);
        (await _office.ConfirmAsync(buyer, isMeasured ? "confirm" : BoxOffice.Preparation, held["holding_id"])).Is(200);
    }
}
