using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;

namespace Evently.Api.Tests.Running;

/// <summary>In this process, so that the spans can be looked at.</summary>
public sealed class TraceTests
{
    [Fact]
    public async Task One_purchase_is_one_trace_from_http_to_the_sagas_end()
    {
        var data = Directory.CreateTempSubdirectory("evently-trace-").FullName;
        var spans = new SpanList();
        await using (var factory = new WebApplicationFactory<Program>().WithWebHostBuilder(builder => Configure(builder, data, spans)))
        {
            using var http = factory.CreateClient();
            var trace = await BuyAsync(new ApiClient(http));

            await Eventually.HoldsAsync(() =>
            {
                var names = spans.Of(trace).Select(span => $"{span.Kind} {span.Source.Name} {span.DisplayName}").ToList();
                var all = string.Join('\n', names);
                Assert.True(names.Count(name => name.StartsWith("Server", StringComparison.Ordinal)) >= 2, "hold and confirm are missing in:\n" + all);
                Assert.True(names.Any(name => name.Contains("payment", StringComparison.Ordinal)), "the gateway is missing in:\n" + all);
                Assert.True(names.Count(name => name.StartsWith("Consumer", StringComparison.Ordinal)) >= 3, "the saga and the modules that hear of a booking are missing in:\n" + all);
                var ids = spans.Of(trace).Select(span => span.SpanId).ToHashSet();
                Assert.All(spans.Of(trace).Where(span => span.Kind is not ActivityKind.Server), span => Assert.Contains(span.ParentSpanId, ids));
                return Task.CompletedTask;
            });
        }

        Directory.Delete(data, recursive: true);
    }

    private static void Configure(IWebHostBuilder builder, string data, SpanList spans)
    {
        builder.UseSetting("Evently:Storage:DataDirectory", data);
        builder.UseSetting("Evently:RateLimiting:Enabled", "false");
        builder.UseSetting("Evently:Auth:BootstrapAdmin:Email", EventlyHost.AdminEmail);
        builder.UseSetting("Evently:Auth:BootstrapAdmin:Password", EventlyHost.AdminPassword);
        builder.ConfigureServices(services => services.ConfigureOpenTelemetryTracerProvider((_, tracing) => tracing.AddInMemoryExporter(spans)));
    }

    /// <summary>A purchase whose client sends one trace context with both calls.</summary>
    private static async Task<ActivityTraceId> BuyAsync(ApiClient anonymous)
    {
        var token = (await anonymous.PostAsync("/user/token", new { email = EventlyHost.AdminEmail, password = EventlyHost.AdminPassword })).Is(200).String("access_token");
        var admin = anonymous.With(token);
        var plan = new ShowPlan();
        var venue = (await admin.PostAsync("/venue", new { name = "Hall", city = "Rome", description = "d", seat_types = plan.Prices.Keys })).Is(201).String("venue_id");
        (await admin.PostAsync($"/venue/{venue}/seats", new { rows = plan.Rows.Select(row => new { row = row.Row, first = 1, last = row.Seats, seat_type = row.SeatType }) })).Is(201);
        var show = (await admin.PostAsync("/events", World.EventBody(venue, plan))).Is(201).String("event_id");

        var trace = ActivityTraceId.CreateRandom();
        var context = ("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        var holding = (await admin.PostAsync($"/events/{show}/hold", new { seats = new[] { "A-1" } }, context)).Is(201).String("holding_id");
        (await admin.PostAsync($"/{holding}/confirm", new { payment_method = "sim_ok" }, context)).Is(200);
        return trace;
    }

    /// <summary>The exporter adds to it from several threads while the test reads.</summary>
    private sealed class SpanList : ICollection<Activity>
    {
        private readonly ConcurrentQueue<Activity> _spans = new();

        public int Count => _spans.Count;

        public bool IsReadOnly => false;

        public IReadOnlyList<Activity> Of(ActivityTraceId trace) => [.. _spans.Where(span => span.TraceId == trace)];

        public void Add(Activity item) => _spans.Enqueue(item);

        public void Clear() => _spans.Clear();

        public bool Contains(Activity item) => _spans.Contains(item);

        public void CopyTo(Activity[] array, int arrayIndex) => _spans.CopyTo(array, arrayIndex);

        public bool Remove(Activity item) => throw new NotSupportedException();

        public IEnumerator<Activity> GetEnumerator() => _spans.GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
