using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Carter;
using Evently.Shared.Http;
using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Evently.Shared.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Evently.Testing;

/// <summary>Modules with their real pipelines, HTTP and messages, on the engines in memory.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private readonly WebApplication _app;
    private readonly HttpClient _client;

    private TestHost(WebApplication app)
    {
        _app = app;
        _client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()), Timeout = Bound };
    }

    public IServiceProvider Services => _app.Services;

    public static async Task<TestHost> StartAsync(Action<ModuleRegistry> add)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Evently:RateLimiting:Enabled"] = "false",
            ["Evently:Auth:SigningKey"] = "a key for tests only, long enough for HMAC",
        });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddMemoryStorage().UseMemoryQueues();
        var modules = builder.Services.AddEventlyModules(builder.Configuration, add);
        builder.Services.AddEventlyHttp(builder.Configuration, keyDirectory: null);
        builder.Services.AddCarter(
            new DependencyContextAssemblyCatalog(typeof(TestHost).Assembly),
            carter => carter.WithModules([.. modules.Endpoints]).WithEmptyValidators().WithEmptyResponseNegotiators());
        var app = builder.Build();
        app.UseEventlyHttp();
        app.MapEvently(endpoints => endpoints.MapCarter());
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TestHost(app);
    }

    /// <param name="user">Who calls; null without a token.</param>
    public async Task<TestAnswer> SendAsync(string method, string path, string? json = null, string? user = "user-1", params string[] roles)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (user is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token(user, roles is [] ? ["organizer"] : roles));
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var link = response.Headers.TryGetValues("Link", out var links) ? links.Single() : null;
        return new TestAnswer((int)response.StatusCode, text, link?.Split('<', '>')[1], response.Headers.Location?.ToString(), response.Headers.RetryAfter?.Delta);
    }

    public async Task<List<JsonElement>> AllAsync(string path)
    {
        var all = new List<JsonElement>();
        for (var next = path; next is not null;)
        {
            var answer = (await SendAsync("GET", next, user: null)).Is(200);
            all.AddRange(answer.Json.EnumerateArray());
            next = answer.Next;
        }

        return all;
    }

    public async Task PublishAsync<TModule, TMessage>(TMessage message)
        where TModule : IModule
        where TMessage : class
    {
        await using var scope = Services.CreateAsyncScope();
        var unitOfWork = scope.ServiceProvider.GetRequiredService<UnitOfWork<TModule>>();
        unitOfWork.Publish(message, "group");
        Assert.True((await unitOfWork.CommitAsync(TestContext.Current.CancellationToken)).Applied);
    }

    /// <summary>Waits until every message was handled, and finds none dead.</summary>
    public async Task SettleAsync()
    {
        Assert.True(await new MessagingQuiescence(Services).WaitAsync(Bound, TestContext.Current.CancellationToken), "Messages were still under way.");
        Assert.All(await Services.GetRequiredService<QueueDirectory>().ListAsync(TestContext.Current.CancellationToken), queue => Assert.Equal(0, queue.Figures.DeadLetters));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    private string Token(string user, string[] roles)
    {
        var now = Services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "evently",
            Audience = "evently",
            IssuedAt = now,
            NotBefore = now,
            Expires = now.AddMinutes(5),
            Claims = new Dictionary<string, object> { ["sub"] = user, ["roles"] = roles },
            SigningCredentials = new SigningCredentials(Services.GetRequiredService<SigningKeys>().Current.Security, SecurityAlgorithms.HmacSha256),
        });
    }
}

/// <param name="Next">Address of the next page.</param>
internal sealed record TestAnswer(int Status, string Text, string? Next, string? Location, TimeSpan? RetryAfter)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public JsonElement this[string member] => Json.GetProperty(member);

    public TestAnswer Is(int status)
    {
        Assert.True(Status == status, $"Expected {status}, got {Status}: {Text[..Math.Min(Text.Length, 1_000)]}");
        return this;
    }

    public TestAnswer IsProblem(int status, string code)
    {
        Is(status);
        Assert.Equal(code, this["code"].GetString());
        return this;
    }

    public string[] Strings(string member) => [.. this[member].EnumerateArray().Select(value => value.GetString()!)];
}
