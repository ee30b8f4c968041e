using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Evently.Api.Tests.Running;

/// <summary>Telemetry goes where the environment says.</summary>
public sealed class ExportTests(SharedHost shared)
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("TRACES", "/v1/traces")]
    [InlineData("METRICS", "/v1/metrics")]
    public async Task A_signal_with_an_address_of_its_own_is_sent_there(string signal, string path)
    {
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start();
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)collector.LocalEndpoint).Port}{path}");
        await using var host = await shared.StartAnotherAsync(
            new($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT", address),
            new($"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL", "http/protobuf"),
            new("OTEL_BSP_SCHEDULE_DELAY", "200"),
            new("OTEL_METRIC_EXPORT_INTERVAL", "200"));
        (await host.World.Anonymous.GetAsync("/events")).Is(200);

        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(Bound);
        using var connection = await collector.AcceptTcpClientAsync(bound.Token);
        using var reader = new StreamReader(connection.GetStream(), Encoding.ASCII);

        Assert.Equal($"POST {path} HTTP/1.1", await reader.ReadLineAsync(bound.Token));
    }

    [Fact]
    public async Task A_wrong_address_stops_the_start_with_a_sentence_that_names_it()
    {
        var (exitCode, output) = await EventlyHost.FailToStartAsync([new("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "nowhere")]);

        Assert.NotEqual(0, exitCode);
        Assert.Contains("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }
}
