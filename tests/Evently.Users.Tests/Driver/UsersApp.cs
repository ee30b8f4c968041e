using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Carter;
using Evently.Mail.Contracts;
using Evently.Shared.Http;
using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Evently.Shared.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Users.Tests.Driver;

/// <summary>The module on a real server with the in-memory store and queue, and a neighbour that publishes what other modules would.</summary>
public sealed class UsersApp : IAsyncDisposable
{
    public const string AdminEmail = "root@evently.test";
    public const string Password = "correct horse battery";
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);
    private readonly WebApplication _app;
    // Over all apps: their mails come to one place, by address.
    private static int people;

    private UsersApp(WebApplication app)
    {
        _app = app;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<UsersApp> StartAsync(Dictionary<string, string?>? settings = null, FaultPlan? faults = null, TimeProvider? time = null, ITableEngine? table = null)
    {
        var builder = WebApplication.CreateBuilder(["--urls", "http://127.0.0.1:0", "--environment", "Production"]);
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Evently:RateLimiting:Enabled"] = "false",
            ["Evently:Users:PasswordIterations"] = "1000",
            ["Evently:Auth:SigningKey"] = "a signing key for tests, long enough to sign with",
            ["Evently:Auth:BootstrapAdmin:Email"] = AdminEmail,
            ["Evently:Auth:BootstrapAdmin:Password"] = Password,
        });
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddMemoryStorage().UseMemoryQueues();
        if (table is not null)
            builder.Services.AddSingleton(table);
        if (faults is not null)
            builder.Services.AddSingleton<ITableEngine>(new FaultyTableEngine(new MemoryTableEngine(TimeProvider.System), faults));
        var modules = builder.Services.AddEventlyModules(builder.Configuration, registry => registry.Add<UsersModule>().Add<Neighbour>());
        builder.Services.AddEventlyHttp(builder.Configuration, keyDirectory: null);
        builder.Services.AddCarter(
            new DependencyContextAssemblyCatalog(typeof(UsersApp).Assembly),
            carter => carter.WithModules([.. modules.Endpoints]).WithEmptyValidators().WithEmptyResponseNegotiators());
        var app = builder.Build();
        app.UseEventlyHttp();
        app.MapEvently(endpoints => endpoints.MapCarter());
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new UsersApp(app);
    }

    public T Service<T>()
        where T : notnull => Services.GetRequiredService<T>();

    public async Task<Answer> SendAsync(HttpMethod method, string path, object? body = null, string? token = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        if (token is not null)
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(",", header.Value), StringComparer.OrdinalIgnoreCase);
        return new Answer((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text), headers);
    }

    public Task<Answer> GetAsync(string path, string? token = null) => SendAsync(HttpMethod.Get, path, token: token);

    public Task<Answer> PostAsync(string path, object body, string? token = null) => SendAsync(HttpMethod.Post, path, body, token);

    public Task<Answer> LogInAsync(string email, string password = Password) => PostAsync("/user/token", new { email, password });

    public async Task<string> AdminTokenAsync() => (await LogInAsync(AdminEmail)).Is(200)["access_token"]!.GetValue<string>();

    /// <summary>A new customer with an address of its own.</summary>
    public async Task<Person> PersonAsync()
    {
        var email = $"person{Interlocked.Increment(ref people)}@evently.test";
        var user = (await PostAsync("/user", new { email, phone = "+491701234567", password = Password })).Is(201);
        var token = (await LogInAsync(email)).Is(200);
        return new Person(user["user_id"]!.GetValue<string>(), email, token["access_token"]!.GetValue<string>());
    }

    /// <summary>Publishes as another module would, and waits until everything is handled.</summary>
    public async Task PublishAsync<TMessage>(params TMessage[] messages)
        where TMessage : class
    {
        foreach (var message in messages)
        {
            await using var scope = Services.CreateAsyncScope();
            var work = scope.ServiceProvider.GetRequiredService<UnitOfWork<Neighbour>>();
            work.Publish(message, "group");
            Assert.True((await work.CommitAsync(TestContext.Current.CancellationToken)).Applied);
            Assert.True(await new MessagingQuiescence(Services).WaitAsync(Bound, TestContext.Current.CancellationToken), "The message was not handled in time.");
        }
    }

    /// <summary>The token of the only mail that was asked for to the address since the last call.</summary>
    public async Task<string> MailedTokenAsync(string to, TokenMailKind kind)
    {
        var token = Assert.Single(await MailsAsync(to));
        Assert.Equal(kind, token.Kind);
        return token.Token;
    }

    /// <summary>What was asked for to be mailed to the address since the last call.</summary>
    public async Task<IReadOnlyList<(TokenMailKind Kind, string Token)>> MailsAsync(string to)
    {
        Assert.True(await new MessagingQuiescence(Services).WaitAsync(Bound, TestContext.Current.CancellationToken), "Messages were not handled in time.");
        var cipher = Service<SecretCipher>();
        var found = new List<(TokenMailKind, string)>();
        foreach (var mail in TokenMails.All.Values.Where(mail => cipher.Open(mail.SealedTo, SendTokenMail.ToContext(mail.MailId)) == to))
        {
            Assert.True(TokenMails.All.TryRemove(mail.MailId, out _));
            found.Add((mail.Kind, cipher.Open(mail.SealedToken, SendTokenMail.TokenContext(mail.MailId))!));
        }

        return found;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }
}

public sealed record Person(string UserId, string Email, string Token);

/// <summary>A module with nothing but a key prefix and an outbox.</summary>
public sealed class Neighbour : IModule
{
    public static string Name => "Neighbour";

    public static string KeyPrefix => "NEIGHBOUR#";

    public IReadOnlyList<Type> Endpoints => [];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
    }

    public void AddMessaging(ModuleBusConfigurator bus)
    {
        bus.Consumer<Registrations>();
        bus.Consumer<TokenMails>();
    }
}
