using System.Diagnostics;

namespace Evently.Api.Cloud.Tests.Telemetry;

/// <summary>What hosts on DynamoDB and SQS export, as a collector gets it.</summary>
public sealed class TraceExportTests(SharedHost shared)
{
    private const string Table = "Evently-Traced";
    private static readonly TimeSpan Exported = TimeSpan.FromSeconds(30);

    /// <summary>The prefix is the default one, so that spans have the names of the documentation.</summary>
    private static readonly KeyValuePair<string, string?>[] OneSystem = [new("Evently__Storage__TableName", Table), new("Evently__Messaging__QueuePrefix", "evently")];

    [Fact]
    public async Task One_purchase_across_two_hosts_is_one_trace()
    {
        await using var collector = await CollectorStub.StartAsync();
        KeyValuePair<string, string?>[] settings = [.. OneSystem, .. collector.Settings];
        await using var holding = await shared.StartAnotherAsync(settings);
        await using var confirming = await shared.StartAnotherAsync(settings);
        var show = await holding.World.ShowAsync();
        var user = await holding.World.CustomerAsync();
        var elsewhere = new ApiClient(confirming.Http, user.Api.Token, () => confirming.Log);

        var (trace, client) = (ActivityTraceId.CreateRandom().ToHexString(), ActivitySpanId.CreateRandom().ToHexString());
        var context = ("traceparent", $"00-{trace}-{client}-01");
        var held = (await user.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-1" } }, context)).Is(201).String("holding_id");
        (await elsewhere.PostAsync($"/{held}/confirm", new { payment_method = "sim_ok" }, context)).Is(200);

        await Eventually.HoldsAsync(
            () =>
            {
                var spans = collector.Spans.Where(span => span.Trace == trace).ToList();
                HasThePurchase(spans);
                IsWhole(spans, client);
                return Task.CompletedTask;
            },
            Exported);
        var documented = DocumentedSpans.Read();
        Assert.All(collector.Spans, span => Assert.True(documented.Have(span), $"docs/telemetry.md does not list {span}"));
    }

    [Fact]
    public async Task An_idle_host_calls_the_table_all_the_time_and_exports_no_span_of_it()
    {
        const ulong Calls = 100;
        await using var collector = await CollectorStub.StartAsync();
        await using var host = await shared.StartAnotherAsync([.. collector.Settings]);
        await CallsOfTheTableAsync(collector, Calls);

        // The first admin, at the start, is told to the modules: it is idle after that.
        await Eventually.HoldsAsync(
            async () =>
            {
                var (before, started) = (collector.Spans.Count, collector.Counts["db.client.operation.duration"]);
                await CallsOfTheTableAsync(collector, started + Calls);
                Assert.Empty(collector.Spans.Skip(before));
            },
            Exported);
        Assert.DoesNotContain(collector.Spans, span => span.Source == "System.Net.Http" || (span.Source == "Evently.Aws" && span.Parent.Length == 0));
    }

    private static void HasThePurchase(List<ExportedSpan> spans)
    {
        var all = string.Join('\n', spans);
        var hold = One("Microsoft.AspNetCore", "POST /events/{event_id}/hold", ActivityKind.Server);
        var confirm = One("Microsoft.AspNetCore", "POST /{holding_id}/confirm", ActivityKind.Server);
        Assert.NotEqual(hold.Instance, confirm.Instance);
        Assert.All([hold, confirm], server => Assert.False(string.IsNullOrEmpty(server.Instance), all));

        var ledger = One("Evently.Booking", "hold seats", ActivityKind.Internal);
        Assert.Equal(hold.Id, ledger.Parent);
        Assert.True(spans.Exists(span => span.Parent == ledger.Id && span is { Source: "Evently.Aws", Name: $"UpdateItem {Table}" }), "The ledger's write is missing in:\n" + all);
        One("Evently.Booking", "payment charge", ActivityKind.Client);
        foreach (var step in (string[])["ConfirmRequested", "ChargePayment", "PaymentCaptured"])
            One("Evently.Messaging", $"evently-booking {step}", ActivityKind.Internal);
        foreach (var module in (string[])["users", "analytics"])
        {
            Some("MassTransit", $"evently-{module} receive", ActivityKind.Consumer);
            Some("MassTransit", $"evently-{module} process", ActivityKind.Consumer);
        }

        foreach (var queue in (string[])["evently-users", "evently-analytics"])
        {
            foreach (var operation in (string[])["send", "receive", "delete"])
                Some("Evently.Aws", $"{operation} {queue}", ActivityKind.Client);
        }

        ExportedSpan One(string source, string name, ActivityKind kind)
        {
            var found = spans.Where(span => (span.Source, span.Name, span.Kind) == (source, name, kind)).ToList();
            Assert.True(found.Count == 1, $"{found.Count} spans '{name}' of {source} are in:\n{all}");
            return found[0];
        }

        void Some(string source, string name, ActivityKind kind) =>
            Assert.True(spans.Exists(span => (span.Source, span.Name, span.Kind) == (source, name, kind)), $"No span '{name}' of {source} is in:\n{all}");
    }

    /// <summary>Nobody's parent is missing; that of the requests is the client.</summary>
    private static void IsWhole(List<ExportedSpan> spans, string client)
    {
        var ids = spans.Select(span => span.Id).ToHashSet();
        Assert.All(spans, span => Assert.True(span.Kind == ActivityKind.Server ? span.Parent == client : ids.Contains(span.Parent), $"An orphan: {span}"));
    }

    private static Task CallsOfTheTableAsync(CollectorStub collector, ulong calls) => Eventually.HoldsAsync(
        () =>
        {
            Assert.True(collector.Counts.GetValueOrDefault("db.client.operation.duration") >= calls, $"{calls} calls were not measured.");
            return Task.CompletedTask;
        },
        Exported);
}
