using Evently.Load.Http;
using Evently.Load.Loops;
using Evently.Load.Report;
using Evently.Load.Stage;

namespace Evently.Load.Scenarios;

/// <summary>
/// The first minute of a sale that everybody has waited for: half of the crowd arrives within ten seconds, wants the front rows, and is more people than
/// seats. All look at the map, some buy, and some of these click twice. Afterwards every seat must have the owner that the bookings say.
/// </summary>
internal static class Stampede
{
    private const int Seats = 20_000;
    private const int People = 30_000;
    private const int Connections = 1_000;
    private const double BuyingPart = 0.6;
    private const double DoubleClickingPart = 0.1;
    private const int MostSeats = 4;

    /// <summary>How strongly the front is wanted: 1 is not at all.</summary>
    private const double Front = 2;

    private static readonly TimeSpan BetweenClicks = TimeSpan.FromMilliseconds(150);
    private static readonly string[] Kinds = ["looks", "purchases", "second clicks"];

    public static async Task RunAsync(Bench bench)
    {
        Console.WriteLine($"stampede: {People:N0} people and {Seats:N0} seats");
        await using var site = await bench.OpenAsync();
        var show = await site.Organizer.ShowAsync(Seats);
        var (schedule, orders) = Plan(bench.Options.Seed, bench.Crowd);
        Visit buy = (connection, person) => Purchases.BuyAsync(connection, show, orders[person].Headers, orders[person].Seats);
        var measured = await OpenLoop.RunAsync(site.Host, Connections, schedule, SeatMaps.Watching(show), buy, buy);
        for (var kind = 0; kind < Kinds.Length; kind++)
            Show(bench.Board, Kinds[kind], measured[kind].Record);
        foreach (var part in measured)
            site.Check(part);

        await site.Organizer.RestAsync();
        var discrepancies = await site.Organizer.DiscrepanciesAsync(show);
        bench.Board.Add(new Figure("stampede: seats whose owner is not as the bookings say", 0, Target.AtMost(0)), discrepancies);
        Console.WriteLine($"stampede: {await site.Organizer.BookingsAsync(show):N0} bookings counted");
    }

    private static void Show(Scoreboard board, string kind, LoadRecord record)
    {
        Console.WriteLine($"stampede: {kind}: {record.Show()}");
        board.Add(new Figure($"stampede: ms of {kind} from the intended start, median", 0), record.Latency(50).TotalMilliseconds);
        board.Add(new Figure($"  99 % of {kind}", 0), record.Latency(99).TotalMilliseconds);
        board.Add(new Figure($"  ms of the generator's own lag at {kind}, 99 %", 0), record.Lag(99).TotalMilliseconds);
    }

    private static (IReadOnlyList<Arrival> Schedule, Order[] Orders) Plan(int seed, Crowd crowd)
    {
        var random = new Random(seed);
        var arrivals = new List<Arrival>();
        var orders = new Order[People];
        for (var person = 0; person < People; person++)
        {
            var at = Arrivals.InFirstMinute(random.NextDouble());
            arrivals.Add(new Arrival(at, 0, person));
            if (random.NextDouble() >= BuyingPart)
                continue;
            var seat = (int)(Seats * Math.Pow(random.NextDouble(), Front));
            orders[person] = Order.Of(person, Hall.BodyOf(seat, random.Next(1, MostSeats + 1)), crowd);
            var choosing = TimeSpan.FromSeconds(1 + 9 * random.NextDouble());
            arrivals.Add(new Arrival(at + choosing, 1, person));
            if (random.NextDouble() < DoubleClickingPart)
                arrivals.Add(new Arrival(at + choosing + BetweenClicks, 2, person));
        }

        return ([.. arrivals.OrderBy(arrival => arrival.At)], orders);
    }

    /// <param name="Headers">With an idempotency key, by which the host tells a second click.</param>
    private readonly record struct Order(byte[] Headers, byte[] Seats)
    {
        public static Order Of(int person, byte[] seats, Crowd crowd) =>
            new([.. crowd.HeadersOf(person).Span, .. RequestBytes.Header("Idempotency-Key", $"order-{person}")], seats);
    }
}
