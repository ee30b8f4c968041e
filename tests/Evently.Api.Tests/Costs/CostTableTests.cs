using System.Diagnostics;
using System.Globalization;
using System.Text;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Shared.Tests.Emulators;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Api.Tests.Costs;

/// <summary>docs/costs.md says what calls cost. EVENTLY_WRITE_COSTS=1 writes it anew.</summary>
public sealed class CostTableTests : IAsyncLifetime
{
    /// <summary>Units that one run may differ from another; messages may not.</summary>
    private const int Play = 2;

    /// <summary>Calls of each kind.</summary>
    private const int Times = 7;

    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(20);
    private readonly CostMeter _meter = new();
    private readonly string _data = Directory.CreateTempSubdirectory("evently-costs-").FullName;
    private WebApplicationFactory<Program> _factory = null!;
    private ApiClient _admin = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(Configure);
        _http = _factory.CreateClient();
        var anonymous = new ApiClient(_http);
        var token = (await anonymous.PostAsync("/user/token", new { email = EventlyHost.AdminEmail, password = EventlyHost.AdminPassword })).Is(200);
        _admin = anonymous.With(token.String("access_token"));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _factory.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task The_table_of_costs_is_what_the_calls_cost()
    {
        var plan = new ShowPlan { MaxSeats = 8 };
        var venue = (await _admin.PostAsync("/venue", new { name = "Hall", city = "Rome", description = "A hall.", seat_types = plan.Prices.Keys })).Is(201).String("venue_id");
        (await _admin.PostAsync($"/venue/{venue}/seats", new { rows = plan.Rows.Select(row => new { row = row.Row, first = 1, last = row.Seats, seat_type = row.SeatType }) })).Is(201);

        var events = new Stack<string>();
        var (holdings, bookings) = (new Queue<string>(), new Queue<string>());
        var rows = new List<(string Call, Cost Cost)>
        {
            ("create an event of 20 seats", await MeasureAsync(async (_, trace) => events.Push(
                (await _admin.PostAsync("/events", World.EventBody(venue, plan), trace)).Is(201).String("event_id")))),
            ("hold 2 seats of one row", await MeasureAsync(async (_, trace) => holdings.Enqueue(
                (await _admin.PostAsync($"/events/{NextEvent(events, holdings.Count)}/hold", new { seats = new[] { "A-1", "A-2" } }, trace)).Is(201).String("holding_id")))),
            ("confirm", await MeasureAsync(async (_, trace) => bookings.Enqueue(
                (await _admin.PostAsync($"/{holdings.Dequeue()}/confirm", new { payment_method = "sim_ok" }, trace)).Is(200).String("booking_id")))),
            ("cancel the booking, with its refund", await MeasureAsync(async (_, trace) =>
                (await _admin.PostAsync($"/bookings/{bookings.Dequeue()}/cancel", null, trace)).Is(200))),
            ("hold 2 seats that are gone", await RefusedAsync(events.Peek())),
            ("read an event", await MeasureAsync(async (_, trace) => (await _admin.GetAsync($"/events/{events.Peek()}", trace)).Is(200))),
            ("read a seat map", await MeasureAsync(async (_, trace) => (await _admin.GetAsync($"/events/{events.Peek()}/seats", trace)).Is(200))),
            ("search events", await MeasureAsync(async (_, trace) => (await _admin.GetAsync("/events?search=show", trace)).Is(200))),
        };

        await CompareAsync(Render(rows));
    }

    private static string NextEvent(Stack<string> events, int call) => events.ElementAt(call % events.Count);

    private async Task<Cost> RefusedAsync(string eventId)
    {
        (await _admin.PostAsync($"/events/{eventId}/hold", new { seats = new[] { "A-5", "A-6" } })).Is(201);
        return await MeasureAsync(async (_, trace) => (await _admin.PostAsync($"/events/{eventId}/hold", new { seats = new[] { "A-5", "A-6" } }, trace)).Is(409));
    }

    private async Task<Cost> MeasureAsync(Func<int, (string, string), Task> call)
    {
        var costs = new List<Cost>();
        for (var time = 0; time < Times; time++)
        {
            var trace = ActivityTraceId.CreateRandom();
            await call(time, ("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01"));
            Assert.True(await new MessagingQuiescence(_factory.Services).WaitAsync(Settled, TestContext.Current.CancellationToken), "It did not come to rest.");
            costs.Add(_meter.Of(trace));
        }

        // The size of an item differs by the digits of its times, and a look at a booking that happens to be under way costs another read.
        return new Cost(costs.Select(cost => cost.Writes).Order().ElementAt(Times / 2), costs.Min(cost => cost.Reads), costs.Min(cost => cost.Messages));
    }

    private static string Render(IEnumerable<(string Call, Cost Cost)> rows)
    {
        var text = new StringBuilder("""
            # What calls cost on DynamoDB and SQS

            A call's units include everything it sets off: saga, messages, replicas and counters of the other modules, and the simulated gateway's own record. They are counted by AWS's formula, not billed by
            AWS: a write is the larger of the item before and after, in started KB, doubled in a transaction, and one more for every entry of the index that comes or goes;
            a read is in started 4 KB, halved where it may be eventually consistent. A message costs three requests of SQS (send, receive, delete), or a tenth of each in full batches.
            The figures are of several calls on a warm instance, the middle one's writes and the least reads, which differ by up to 2 units from run to run: what an instance has copied within the last second is not read again.
            The record of sent messages is a unit or more for each batch that the relay sends: a call that is alone, as here, pays its own, and under load up to 100 messages share one.
            What the loops do by themselves is not in here: looking for due sagas and old outbox rows, following the catalog, one tally a second and event on sale, rollups.

            Made by `EVENTLY_WRITE_COSTS=1 dotnet test --project tests/Evently.Api.Tests -- --filter-class "*CostTableTests"`; the same test compares.

            | call | write units | read units | messages |
            |---|---|---|---|

            """.ReplaceLineEndings("\n"));
        foreach (var (call, cost) in rows)
            text.Append(CultureInfo.InvariantCulture, $"| {call} | {cost.Writes} | {cost.Reads:0.#} | {cost.Messages} |\n");
        return text.ToString();
    }

    private static async Task CompareAsync(string rendered)
    {
        var file = Path.Combine(Emulator.RepositoryRoot(), "docs", "costs.md");
        if (Environment.GetEnvironmentVariable("EVENTLY_WRITE_COSTS") == "1")
            await File.WriteAllTextAsync(file, rendered, TestContext.Current.CancellationToken);
        var (committed, measured) = (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken), rendered.TrimEnd().Split('\n'));
        Assert.Equal(committed.Select(Words), measured.Select(Words));
        foreach (var (was, now) in committed.Zip(measured).Where(pair => pair.First != pair.Second))
        {
            var apart = Figures(was).Zip(Figures(now), (one, other) => Math.Abs(one - other)).ToList();
            Assert.True(apart[0] <= Play && apart[1] <= Play && apart[2] == 0, $"Committed: {was}\nMeasured:  {now}");
        }
    }

    private static string Words(string line) => line.StartsWith("| ", StringComparison.Ordinal) ? line.Split('|')[1] : line;

    private static IEnumerable<decimal> Figures(string line) => line.Split('|')[2..5].Select(figure => decimal.Parse(figure, CultureInfo.InvariantCulture));

    /// <summary>Configured as for AWS, so that nothing relies on being the only instance; what AWS would do is done in memory.</summary>
    private void Configure(IWebHostBuilder builder)
    {
        builder.UseSetting("Evently:Storage:Engine", "dynamodb");
        builder.UseSetting("Evently:Storage:DataDirectory", _data);
        builder.UseSetting("Evently:RateLimiting:Enabled", "false");
        builder.UseSetting("Evently:Auth:SigningKey", Tokens.SigningKey);
        builder.UseSetting("Evently:Auth:BootstrapAdmin:Email", EventlyHost.AdminEmail);
        builder.UseSetting("Evently:Auth:BootstrapAdmin:Password", EventlyHost.AdminPassword);
        builder.ConfigureTestServices(services =>
        {
            services.AddSingleton<ITableEngine>(_ => new MeteredTable(new MemoryTableEngine(TimeProvider.System), _meter));
            services.AddSingleton<IQueueTransport>(_ => new MeteredQueues(MemoryEngines.Queues(TimeProvider.System), _meter));
        });
    }
}
