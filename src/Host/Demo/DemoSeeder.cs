using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Evently.Host.Demo;

/// <summary>
/// Runs once the server listens. Every step looks first whether its thing is there, so a second start adds nothing and a start after a crash adds what is missing.
/// </summary>
internal sealed partial class DemoSeeder(
    IServer server,
    IHttpClientFactory clients,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<DemoSeeder> logger) : BackgroundService
{
    private const int EveningHour = 19;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await StartedAsync(stoppingToken);
            await SeedAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped before it was done; the next start adds the rest.
        }
        catch (Exception exception) when (exception is HttpRequestException or DemoFailedException)
        {
            Log.Failed(logger, exception);
        }
    }

    private async Task StartedAsync(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellationToken);
    }

    private async Task SeedAsync(CancellationToken cancellationToken)
    {
        var address = Address();
        using var http = clients.CreateClient();
        http.BaseAddress = address;
        var client = new DemoClient(http, time);
        if (await client.LogInAsync(DemoAccounts.Admin.Email, cancellationToken) is not { } admin)
        {
            Console.WriteLine($"The store has data of its own, so the demo adds nothing to it. Evently listens on {address}");
            return;
        }

        client.Token = admin;
        foreach (var account in DemoAccounts.Others)
            await EnsureAccountAsync(client, account, cancellationToken);
        client.Token = await client.LogInAsync(DemoAccounts.Organizer.Email, cancellationToken);
        var venues = new Dictionary<string, string>();
        foreach (var venue in DemoCatalog.Venues)
            venues[venue.Name] = await EnsureVenueAsync(client, venue, cancellationToken);
        foreach (var demoEvent in DemoCatalog.Events)
            await EnsureEventAsync(client, demoEvent, venues[demoEvent.Venue], cancellationToken);
        Announce(address);
    }

    private static async Task EnsureAccountAsync(DemoClient client, DemoAccount account, CancellationToken cancellationToken)
    {
        var (status, body) = await client.PostAsync("/user", new { account.Email, account.Phone, DemoAccounts.Password, account.Name }, cancellationToken);
        if (status == HttpStatusCode.Conflict)
            return;
        var userId = Created(status, body, "user_id");
        (status, body) = await client.PutAsync($"/user/{userId}/roles", new { account.Roles }, cancellationToken);
        if (status != HttpStatusCode.OK)
            throw new DemoFailedException(status, body);
    }

    private static async Task<string> EnsureVenueAsync(DemoClient client, DemoVenue venue, CancellationToken cancellationToken)
    {
        var venueId = await FindAsync(client, $"/venue?limit=200&city={Uri.EscapeDataString(venue.City)}", venue.Name, "venue_id", cancellationToken);
        if (venueId is null)
        {
            var (status, body) = await client.PostAsync("/venue", new { venue.Name, venue.City, venue.Description, venue.SeatTypes, venue.TimeZone }, cancellationToken);
            venueId = Created(status, body, "venue_id");
        }

        var (found, seats) = await client.GetAsync($"/venue/{venueId}", cancellationToken);
        if (found == HttpStatusCode.OK && seats!["seat_count"]!.GetValue<int>() == 0)
        {
            var (status, body) = await client.PostAsync($"/venue/{venueId}/seats", new { venue.Rows }, cancellationToken);
            if (status != HttpStatusCode.Created)
                throw new DemoFailedException(status, body);
        }

        return venueId;
    }

    private async Task EnsureEventAsync(DemoClient client, DemoEvent demoEvent, string venueId, CancellationToken cancellationToken)
    {
        if (await FindAsync(client, "/events?limit=200&search=" + Uri.EscapeDataString(demoEvent.Name), demoEvent.Name, "event_id", cancellationToken) is not null)
            return;
        var today = new DateTimeOffset(time.GetUtcNow().Date, TimeSpan.Zero);
        var (status, body) = await client.PostAsync(
            "/events",
            new
            {
                venueId,
                demoEvent.Name,
                demoEvent.Description,
                startTime = today.AddDays(demoEvent.InDays).AddHours(EveningHour),
                duration = demoEvent.DurationMinutes,
                demoEvent.Artists,
                demoEvent.Tags,
                demoEvent.Currency,
                seatTypePrices = demoEvent.Prices,
                salesOpenAt = demoEvent.SalesOpenInDays is { } days ? today.AddDays(days) : (DateTimeOffset?)null,
            },
            cancellationToken);
        Created(status, body, "event_id");
    }

    private static async Task<string?> FindAsync(DemoClient client, string path, string name, string idMember, CancellationToken cancellationToken)
    {
        var (status, body) = await client.GetAsync(path, cancellationToken);
        return status == HttpStatusCode.OK
            ? body!.AsArray().FirstOrDefault(found => found!["name"]!.GetValue<string>() == name)?[idMember]!.GetValue<string>()
            : throw new DemoFailedException(status, body);
    }

    private static string Created(HttpStatusCode status, JsonNode? body, string idMember) =>
        status == HttpStatusCode.Created ? body![idMember]!.GetValue<string>() : throw new DemoFailedException(status, body);

    private Uri Address()
    {
        var addresses = server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        var address = BindingAddress.Parse(addresses.First());
        var host = address.Host is "+" or "*" or "0.0.0.0" or "[::]" ? "localhost" : address.Host;
        return new UriBuilder(address.Scheme, host, address.Port).Uri;
    }

    private static void Announce(Uri address)
    {
        Console.WriteLine();
        Console.WriteLine($"  Evently sells seats on {address}");
        Console.WriteLine($"  Documentation          {new Uri(address, "/docs")}");
        Console.WriteLine($"  Events                 {new Uri(address, "/events")}");
        Console.WriteLine("  Accounts");
        foreach (var account in DemoAccounts.Others.Prepend(DemoAccounts.Admin))
            Console.WriteLine($"    {account.Email,-24} {DemoAccounts.Password}  {string.Join(", ", account.Roles)}");
        Console.WriteLine();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The demo could not be filled in")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}

internal sealed class DemoFailedException(HttpStatusCode status, JsonNode? body) : Exception($"The API answered {(int)status}: {body?.ToJsonString()}");
