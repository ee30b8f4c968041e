namespace Evently.Api.Tests.Running;

public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_is_there_at_once_and_a_second_start_adds_nothing()
    {
        KeyValuePair<string, string?>[] settings = [new("Evently__Auth__BootstrapAdmin__Email", null), new("Evently__Auth__BootstrapAdmin__Password", null)];
        await using var host = await EventlyHost.StartAsync(settings, "--demo");
        var api = host.World.Anonymous;

        var printed = await SignedInAsync(host);
        Assert.NotEmpty(printed);
        Assert.Contains(host.Address.GetLeftPart(UriPartial.Authority), host.Log, StringComparison.Ordinal);
        var sizes = await Eventually.AnswersAsync(() => api.GetAsync("/events?limit=200"), answer => answer.Is(200).List().Count >= 2, TimeSpan.FromSeconds(60));
        var (events, venues) = (sizes.List().Count, (await api.AllAsync("/venue")).Count);
        var largest = 0;
        foreach (var listed in sizes.List())
        {
            var map = (await api.GetAsync($"/events/{listed.GetProperty("event_id").GetString()}/seats", ("Accept", "application/vnd.evently.seatmap+json"))).Is(200);
            largest = Math.Max(largest, map["sections"].EnumerateArray().SelectMany(section => section.GetProperty("rows").EnumerateArray()).Sum(row => row.GetProperty("states").GetString()!.Length));
        }

        Assert.Equal(20_000, largest);

        await host.StopAsync();
        await host.RestartAsync();
        TestContext.Current.SendDiagnosticMessage($"Started on the demo store within {host.StartedIn.TotalMilliseconds:F0} ms.");
        Assert.Equal(events, (await Eventually.AnswersAsync(() => api.GetAsync("/events?limit=200"), answer => answer.Is(200).List().Count >= events)).List().Count);
        Assert.Equal(venues, (await api.AllAsync("/venue")).Count);
        Assert.NotEmpty(await SignedInAsync(host));
    }

    private static async Task<IReadOnlyList<string>> SignedInAsync(EventlyHost host)
    {
        var users = new List<string>();
        await Eventually.HoldsAsync(
            async () =>
            {
                var credentials = Credentials.All(host.Log);
                Assert.True(credentials.Count > 0, "No credentials are printed in:\n" + host.Log);
                foreach (var (email, password) in credentials)
                    users.Add((await host.World.Anonymous.PostAsync("/user/token", new { email, password })).Is(200).String("user_id"));
            },
            TimeSpan.FromSeconds(60));
        return users;
    }
}
