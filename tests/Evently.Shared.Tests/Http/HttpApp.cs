using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Evently.Shared.Http;
using Evently.Shared.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Evently.Shared.Tests.Http;

public sealed record Ticket(string Name, int Count, DateTimeOffset? At = null, Colour? Colour = null, decimal? Price = null);

public enum Colour
{
    DeepRed,
    SkyBlue,
}

/// <summary>The HTTP plumbing on a real server with a few endpoints of no meaning.</summary>
internal sealed class HttpApp : IAsyncDisposable
{
    public const string SigningKeyText = "a signing key for tests, long enough to sign with";
    private readonly WebApplication _app;

    private HttpApp(WebApplication app, FakeTimeProvider time)
    {
        _app = app;
        Time = time;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public HttpClient Http { get; }

    public FakeTimeProvider Time { get; }

    /// <summary>How often the endpoints that count have run.</summary>
    public int Runs => _app.Services.GetRequiredService<Counter>().Value;

    public Gate Gate => _app.Services.GetRequiredService<Gate>();

    public static async Task<HttpApp> StartAsync(Dictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null)
    {
        var builder = WebApplication.CreateBuilder(["--urls", "http://127.0.0.1:0", "--environment", "Development"]);
        builder.Logging.ClearProviders();
        builder.Configuration["Evently:RateLimiting:Enabled"] = "false";
        builder.Configuration["Evently:Auth:SigningKey"] = SigningKeyText;
        foreach (var (name, value) in settings ?? [])
            builder.Configuration[name] = value;
        var time = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddMemoryStorage();
        builder.Services.AddEventlyHttp(builder.Configuration, keyDirectory: null);
        builder.Services.AddSingleton<Counter>();
        builder.Services.AddSingleton<Gate>();
        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseEventlyHttp();
        app.MapEvently(endpoints =>
        {
            Map(endpoints);
            endpoints.MapApiDocument();
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new HttpApp(app, time);
    }

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public Task<HttpResponseMessage> PostAsync(string path, string json) => Http.PostAsync(path, Json(json), TestContext.Current.CancellationToken);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? json = null, string? key = null, string? token = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null)
            request.Content = Json(json);
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        if (token is not null)
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public string Token(string user, string[] roles, string key = SigningKeyText, string algorithm = SecurityAlgorithms.HmacSha256, TimeSpan? lifetime = null, string issuer = "evently", string audience = "evently", string? keyId = null)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            NotBefore = now.AddHours(-2),
            Expires = now + (lifetime ?? TimeSpan.FromMinutes(5)),
            Claims = new Dictionary<string, object> { ["sub"] = user, ["roles"] = roles },
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(key)) { KeyId = keyId }, algorithm),
        });
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    private static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/tickets", (Ticket ticket, Counter counter) =>
            {
                counter.Add();
                return TypedResults.Created($"/tickets/{ticket.Name}", ticket);
            })
            .Describe("create_ticket", "Tickets", "Create").Fails(409, "ticket_exists").Public();
        endpoints.MapPost("/secrets", (Counter counter) => TypedResults.Ok(new { number = counter.Add() })).Describe("make_secret", "Tickets", "Make").Public();
        endpoints.MapPost("/slow", async (Gate gate, Counter counter, CancellationToken cancellationToken) =>
            {
                counter.Add();
                await gate.PassAsync(cancellationToken);
                return TypedResults.Ok();
            })
            .Describe("wait", "Tickets", "Wait").Public();
        endpoints.MapPost("/status/{status:int}", (int status, Counter counter) =>
            {
                counter.Add();
                return Problems.Of(status, "as_asked", "As asked.");
            })
            .Describe("answer", "Tickets", "Answer").Public();
        endpoints.MapPost("/large", (int bytes) => TypedResults.Text(string.Concat(Enumerable.Range(0, bytes / 8).Select(i => (i * 2_654_435_761L % 99_999_999).ToString("D8", System.Globalization.CultureInfo.InvariantCulture)))))
            .Describe("large", "Tickets", "Large").Public();
        endpoints.MapPost("/uploads", async (HttpRequest request, CancellationToken cancellationToken) =>
            {
                await request.Body.CopyToAsync(Stream.Null, cancellationToken);
                return TypedResults.Ok();
            })
            .Describe("upload", "Tickets", "Upload").MaxBody(1024 * 1024).Public();
        endpoints.MapGet("/tickets", (string? name, int? limit) => TypedResults.Ok(new { name, limit })).Describe("list_tickets", "Tickets", "List").Paged().Public();
        endpoints.MapGet("/echo/{text}", (string text) => TypedResults.Ok(new { text })).Describe("echo", "Tickets", "Echo").Public();
        endpoints.MapGet("/bug", IResult () => throw new InvalidOperationException("the secret inside")).Describe("bug", "Tickets", "Bug").Public();
        endpoints.MapGet("/storeless", IResult () => throw new TableThrottledException("partition 7 of table x")).Describe("storeless", "Tickets", "Storeless").Public();
        endpoints.MapGet("/me", (Caller caller) => TypedResults.Ok(new { caller.UserId, Roles = caller.RoleNames })).Describe("me", "Tickets", "Me").RequireRole(Policies.SignedIn);
        endpoints.MapGet("/staff", () => TypedResults.Ok()).Describe("staff", "Tickets", "Staff").RequireRole(Policies.Support);
    }
}

/// <summary>One app for the tests of a class that leave no trace in it.</summary>
public sealed class HttpAppFixture : IAsyncLifetime
{
    private HttpApp? _app;

    internal HttpApp App => _app ?? throw new InvalidOperationException("The app has not been started.");

    public async ValueTask InitializeAsync() => _app = await HttpApp.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
    }
}

internal sealed class Counter
{
    private int _value;

    public int Value => Volatile.Read(ref _value);

    public int Add() => Interlocked.Increment(ref _value);
}

/// <summary>Holds requests until the test lets them pass.</summary>
internal sealed class Gate : IDisposable
{
    private readonly SemaphoreSlim _entered = new(0);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when one more request has come to the gate.</summary>
    public async Task EnteredAsync() => Assert.True(await _entered.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));

    public void Open() => _open.TrySetResult();

    public Task PassAsync(CancellationToken cancellationToken)
    {
        _entered.Release();
        return _open.Task.WaitAsync(cancellationToken);
    }

    public void Dispose() => _entered.Dispose();
}

internal static class Answers
{
    public static async Task<JsonObject> ProblemAsync(this HttpResponseMessage answer, int status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)answer.StatusCode == status, $"Expected {status}, got {(int)answer.StatusCode}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonNode.Parse(text)!.AsObject();
        Assert.Equal(code, problem["code"]!.GetValue<string>());
        Assert.Equal(status, problem["status"]!.GetValue<int>());
        foreach (var member in (string[])["type", "title", "detail", "trace_id"])
            Assert.False(string.IsNullOrEmpty(problem[member]?.GetValue<string>()), $"'{member}' is missing in {text}");
        return problem;
    }

    public static async Task<JsonNode> JsonAsync(this HttpResponseMessage answer, int status = 200)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)answer.StatusCode == status, $"Expected {status}, got {(int)answer.StatusCode}: {text}");
        return JsonNode.Parse(text)!;
    }
}
