using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Evently.Testing.Messaging;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Logging;

namespace Evently.Counts;

/// <summary>The real host on its embedded store, in this process, with what it does counted.</summary>
internal sealed class CountedHost : IAsyncDisposable
{
    public const string AdminEmail = "root@evently.test";
    public const string Password = "correct horse battery";
    private const string Steps = "Evently.Messaging";
    private const string Flushes = "evently.writer.commit";
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly string _data = Directory.CreateTempSubdirectory("evently-counts-").FullName;
    private readonly WebApplicationFactory<Program> _factory;
    private readonly MeterListener _meters = new();
    private readonly HttpClient _http;
    private long _flushes;
    private long _steps;

    public CountedHost()
    {
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == Flushes)
                listener.EnableMeasurementEvents(instrument);
        };
        _meters.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref _flushes));
        _meters.Start();
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(builder =>
        {
            builder.UseSetting("Evently:Storage:DataDirectory", _data);
            builder.UseSetting("Evently:RateLimiting:Enabled", "false");
            builder.UseSetting("Evently:Users:PasswordIterations", "1000");
            builder.UseSetting("Evently:Analytics:RollupIntervalSeconds", "300");
            builder.UseSetting("Evently:Auth:BootstrapAdmin:Email", AdminEmail);
            builder.UseSetting("Evently:Auth:BootstrapAdmin:Password", Password);
            builder.ConfigureLogging(logging => logging.ClearProviders());
        });
        _http = _factory.CreateClient();
    }

    /// <summary>Flushes of the data file so far.</summary>
    public long FlushCount => Interlocked.Read(ref _flushes);

    /// <summary>Messages handled so far, inside the process and from its queues; counted between <see cref="CountSteps"/> and its end.</summary>
    public long StepCount => Interlocked.Read(ref _steps);

    /// <summary>Spans are begun only while somebody listens, and cost memory.</summary>
    public IDisposable CountSteps()
    {
        var spans = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Steps,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.Kind is ActivityKind.Internal or ActivityKind.Consumer)
                    Interlocked.Increment(ref _steps);
            },
        };
        ActivitySource.AddActivityListener(spans);
        return spans;
    }

    public async Task SettleAsync()
    {
        if (!await new MessagingQuiescence(_factory.Services).WaitAsync(Bound, CancellationToken.None))
            throw new TimeoutException("Messages were still under way.");
    }

    public Task<JsonNode?> PostAsync(string? token, string path, object? body, int status)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative));
        if (body is not null)
            message.Content = JsonContent.Create(body);
        if (token is not null)
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return SendAsync(message, status);
    }

    public Task<JsonNode?> GetAsync(string accept, string path)
    {
        var message = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        message.Headers.Accept.ParseAdd(accept);
        return SendAsync(message, status: 200);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _factory.DisposeAsync();
        _meters.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private async Task<JsonNode?> SendAsync(HttpRequestMessage message, int status)
    {
        using var sent = message;
        using var response = await _http.SendAsync(message);
        var text = await response.Content.ReadAsStringAsync();
        if ((int)response.StatusCode != status)
            throw new InvalidOperationException($"{message.RequestUri}: {(int)response.StatusCode} instead of {status}: {text}");
        return text.StartsWith('{') ? JsonNode.Parse(text) : null;
    }
}
