using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Evently.Analytics.Counting;
using Evently.Booking.Holds;
using Evently.Booking.Tally;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Evently.Seams.Tests;

/// <summary>The whole host as one of many instances, without its loops: everything happens when a test lets it, in virtual time.</summary>
internal sealed class EventlyProcess : IAsyncDisposable
{
    public const string AdminEmail = "root@evently.test";
    public const string Password = "correct horse battery";

    private const int MostAttempts = 20;
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(5);

    /// <summary>Kept running; the other hosted services are loops whose steps the test takes.</summary>
    private static readonly string[] KeptServices = ["GenericWebHostService", "FirstAdmin"];

    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);

    /// <summary>Real time: how long a step may be quiet before it is taken to wait for the clock.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(4);

    private readonly WebApplicationFactory<Program> _factory;
    private readonly HttpClient _http;
    private readonly MessagingSteps _steps;
    private readonly CancellationTokenSource _stop = new();
    private readonly Ground _ground;

    public EventlyProcess(Ground ground, Seam seam, ConcurrentDictionary<(string Queue, string Type), bool>? handled = null)
    {
        (_ground, Seam) = (ground, seam);
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(builder =>
        {
            builder.UseSetting("Evently:Storage:Engine", "dynamodb");
            builder.UseSetting("Evently:Storage:DataDirectory", ground.Directory);
            builder.UseSetting("Evently:RateLimiting:Enabled", "false");
            builder.UseSetting("Evently:Users:PasswordIterations", "1000");
            builder.UseSetting("Evently:Auth:TokenMinutes", "1440");
            builder.UseSetting("Evently:Auth:SigningKey", "a signing key for tests, long enough to sign with");
            builder.UseSetting("Evently:Auth:BootstrapAdmin:Email", AdminEmail);
            builder.UseSetting("Evently:Auth:BootstrapAdmin:Password", Password);
            builder.ConfigureLogging(logging => logging.ClearProviders());
            builder.ConfigureTestServices(services =>
            {
                services.AddSingleton<TimeProvider>(ground.Time);
                services.AddSingleton<ITableEngine>(new SeamTable(ground.Table, seam));
                services.AddSingleton<IQueueTransport>(new SeamQueues(ground.Queues, seam, handled ?? new()));
                foreach (var loop in services.Where(service => service.ServiceType == typeof(IHostedService) && !KeptServices.Contains(service.ImplementationType?.Name)).ToList())
                    services.Remove(loop);
            });
        });
        _http = _factory.CreateClient();
        _steps = new MessagingSteps(_factory.Services);
        _steps.Prepare();
    }

    public Seam Seam { get; }

    public T Get<T>()
        where T : notnull => _factory.Services.GetRequiredService<T>();

    /// <summary>Files of the mails that were sent.</summary>
    public IReadOnlyList<string> Mails => Directory.Exists(Path.Combine(_ground.Directory, "mail")) ? Directory.GetFiles(Path.Combine(_ground.Directory, "mail"), "*.eml") : [];

    public Task<string> GetTextAsync(string path) => _http.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

    /// <summary>As at the end of an orderly stop.</summary>
    public Task LeaveAsync() => _steps.LeaveAsync();

    public IReadOnlyList<(string Queue, string Type)> SubscriptionsOf(IEnumerable<Type> types) => _steps.SubscriptionsOf(types);

    /// <summary>As at the end of the time that a stop may take: nothing is waited for any more.</summary>
    public void Stop()
    {
        _stop.Cancel();
        _steps.StopPumps();
    }

    /// <summary>Sends a request and lets everything happen that it causes.</summary>
    /// <returns>Null when the process did not live to answer, or its client to hear it.</returns>
    public async Task<SeamAnswer?> SendAsync(SeamRequest request, CancellationToken hangUp = default)
    {
        var sending = SendOnceAsync(request, hangUp);
        await RunAsync(() => sending.IsCompleted);
        return sending.IsCompletedSuccessfully ? await sending : null;
    }

    /// <summary>As <see cref="SendAsync"/>, again while it is answered that it may be later, as a client does.</summary>
    public async Task<SeamAnswer> AskAsync(SeamRequest request)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var answer = await SendAsync(request);
            if (answer is { Status: not (429 or 503) } && !(answer.Status == 409 && answer["code"] == "idempotency_key_in_flight"))
                return answer;
            await PassAsync(BetweenAttempts, BetweenAttempts);
        }

        throw new InvalidOperationException($"{request.Method} {request.Path} is never answered.");
    }

    /// <summary>Lets time pass, with everything that it makes happen.</summary>
    public async Task PassAsync(TimeSpan time, TimeSpan step)
    {
        for (var end = _ground.Time.GetUtcNow() + time; _ground.Time.GetUtcNow() < end && !Seam.IsDead && !_stop.IsCancellationRequested;)
        {
            _ground.Time.Advance(step);
            await DriveAsync(_steps.SweepOutboxesAsync(_stop.Token));
            await DriveAsync(Get<SeatReturns>().RunOnceAsync(_stop.Token));
            await DriveAsync(Get<TallyWorker>().RunOnceAsync(flush: false, _stop.Token));
            await DriveAsync(Get<FinishBatches>().RunOnceAsync(_stop.Token));
            await RunAsync(() => true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();

        // What hangs in a dead process does not come back; the rest of it must not wait for that.
        await Task.WhenAny(_factory.DisposeAsync().AsTask(), Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System));
        _stop.Dispose();
    }

    private async Task<SeamAnswer> SendOnceAsync(SeamRequest request, CancellationToken hangUp)
    {
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), request.Path);
        if (request.Body is not null)
            message.Content = new StringContent(JsonSerializer.Serialize(request.Body), Encoding.UTF8, "application/json");
        if (request.Token is not null)
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", request.Token);
        if (request.Key is not null)
            message.Headers.TryAddWithoutValidation("Idempotency-Key", request.Key);
        if (request.Wait is { } wait)
            message.Headers.TryAddWithoutValidation("Prefer", $"wait={wait}");
        using var response = await _http.SendAsync(message, hangUp);
        var text = await response.Content.ReadAsStringAsync(hangUp);
        return new SeamAnswer((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    private async Task RunAsync(Func<bool> isAnswered)
    {
        var idle = 0;
        while (!Seam.IsDead)
        {
            // Asked first: what the answer's last moment caused must be done too.
            var answered = isAnswered();
            if (!_stop.IsCancellationRequested && await DriveAsync(_steps.RunOnceAsync(_stop.Token)) > 0)
                continue;
            if (answered || (_stop.IsCancellationRequested && ++idle > 600))
                return;
            await RestAsync(Seam.Death);
            if (!isAnswered())
                _ground.Time.Advance(Slice);
        }
    }

    /// <summary>Moves the clock while the step waits for it.</summary>
    private async Task<int> DriveAsync(Task<int> step)
    {
        while (true)
        {
            await RestAsync(Task.WhenAny(step, Seam.Death));
            if (Seam.IsDead || step.IsCanceled)
                return 0;
            if (step.IsCompleted)
                return await step;
            _ground.Time.Advance(Slice);
        }
    }

    /// <summary>Waits until <paramref name="end"/>, or until nothing has asked table or queues for a moment: then whatever is under way is taken to wait for the clock.</summary>
    private async Task RestAsync(Task end)
    {
        int before;
        do
        {
            before = Seam.Activity;
            await Task.WhenAny(end, Task.Delay(Quiet, TimeProvider.System));
        }
        while (!end.IsCompleted && Seam.Activity != before);
    }
}

/// <param name="Key">Its <c>Idempotency-Key</c>.</param>
/// <param name="Wait">Seconds that a confirm waits.</param>
internal sealed record SeamRequest(string Method, string Path, object? Body = null, string? Token = null, string? Key = null, int? Wait = null);

internal sealed record SeamAnswer(int Status, JsonNode? Body)
{
    public string this[string member] => Body![member]!.GetValue<string>();

    public SeamAnswer Is(params int[] statuses)
    {
        Assert.True(statuses.Contains(Status), $"{Status}: {Body?.ToJsonString()}");
        return this;
    }
}
