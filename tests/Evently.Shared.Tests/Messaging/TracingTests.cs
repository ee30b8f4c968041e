using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Evently.Shared.Messaging.Hosting;

namespace Evently.Shared.Tests.Messaging;

public sealed class TracingTests
{
    [Fact]
    public async Task One_trace_runs_from_the_publisher_through_outbox_queue_and_saga_to_the_last_consumer()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "MassTransit" or "test",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("test");
        await using var bench = new MessagingBench();
        var counter = bench.Ids.Next().ToGuid();

        ActivityTraceId trace;
        using (var request = source.StartActivity("request"))
        {
            trace = request!.TraceId;
            await bench.PublishAsync(new CounterStepped(counter, 1));
        }

        await bench.SettleAsync();

        Assert.Single(bench.Heard.Messages);
        var names = ended.Where(activity => activity.TraceId == trace).Select(activity => activity.DisplayName).ToList();
        Assert.Contains("evently-counter receive", names);
        Assert.Contains("evently-listener receive", names);
    }

    [Fact]
    public async Task A_local_message_continues_the_trace_of_its_sender()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Evently.Messaging" or "test",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("test");
        await using var bench = new MessagingBench();
        var counter = await bench.NewCounterAsync();

        using var request = source.StartActivity("request");
        await bench.Bus.SendAsync(new Increment(counter), CancellationToken.None);

        var step = Assert.Single(ended, activity => activity.DisplayName == "evently-counter Increment" && activity.TraceId == request!.TraceId);
        Assert.Equal(request!.SpanId, step.ParentSpanId);
    }

    [Fact]
    public async Task Gauges_show_what_waits_and_what_is_dead()
    {
        await using var bench = new MessagingBench();
        await bench.PublishAsync(new Tallied("t", 1), new Tallied("t", 1));
        await bench.Get<MessagingGauges>().RunOnceAsync(CancellationToken.None);
        var before = Read(bench);
        await bench.SettleAsync();
        await bench.Get<MessagingGauges>().RunOnceAsync(CancellationToken.None);
        var after = Read(bench);

        Assert.Equal(2, before["evently.outbox.depth/Counter"]);
        Assert.Equal(0, after["evently.outbox.depth/Counter"]);
        Assert.Equal(0, after["evently.queue.dead_letters/Listener"]);
    }

    private static Dictionary<string, double> Read(MessagingBench bench)
    {
        Dictionary<string, double> values = [];
        var meter = bench.Get<Shared.Messaging.MessagingMetrics>().Meter;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (ReferenceEquals(instrument.Meter, meter))
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => values[$"{instrument.Name}/{tags[0].Value}"] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return values;
    }
}
