namespace Evently.Api.Cloud.Tests;

/// <summary>Several hosts on one table and one set of queues. Its <see cref="World"/> spreads requests in turn over those that run, as a load balancer does.</summary>
public sealed class Cluster : IAsyncDisposable
{
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(60);
    private readonly HttpClient _http;

    private Cluster(IReadOnlyList<EventlyHost> hosts)
    {
        Hosts = hosts;
        _http = new HttpClient(new InTurn(hosts)) { BaseAddress = hosts[0].Address, Timeout = TimeSpan.FromSeconds(60) };
        World = new World(_http, () => string.Join("\n--- the next host ---\n", hosts.Select(host => host.Log)));
    }

    public IReadOnlyList<EventlyHost> Hosts { get; }

    public World World { get; }

    public static async Task<Cluster> StartAsync(int hosts, IReadOnlyDictionary<string, string?> settings)
    {
        var starting = Enumerable.Range(0, hosts).Select(_ => EventlyHost.StartAsync(settings)).ToList();
        try
        {
            return new Cluster(await Task.WhenAll(starting));
        }
        catch
        {
            foreach (var started in starting.Where(start => start.IsCompletedSuccessfully))
                await (await started).DisposeAsync();
            throw;
        }
    }

    /// <summary>The user, calling one of the hosts only.</summary>
    public User At(int host, User user) => user with { Api = new ApiClient(Hosts[host].Http, user.Api.Token, () => Hosts[host].Log) };

    /// <summary>A show that every host sells, so that what goes wrong afterwards is not its having been made just before.</summary>
    public async Task<Show> ShowOnSaleAsync(ShowPlan plan)
    {
        var (show, support) = (await World.ShowAsync(plan), await World.SupportAsync());
        for (var host = 0; host < Hosts.Count; host++)
        {
            var there = At(host, support);
            await Eventually.AnswersAsync(() => show.TryHoldAndLetGoAsync(there, $"{plan.Rows[0].Row}-1"), answer => answer.Status == 201, Calm);
        }

        return show;
    }

    /// <summary>
    /// Waits until nothing of a disturbance is left that another test could meet: every host runs, no message waits out a dead host's visibility, no loop its
    /// back-off, and a new event is on sale everywhere.
    /// </summary>
    public async Task CalmsDownAsync()
    {
        foreach (var host in Hosts.Where(host => host.HasExited))
            await host.RestartAsync();
        var support = await World.SupportAsync();
        await Eventually.HoldsAsync(
            async () =>
            {
                foreach (var queue in (await support.Api.GetAsync("/support/queues")).Is(200).List())
                    Assert.Equal((0, 0), (queue.GetProperty("depth").GetInt32(), queue.GetProperty("in_flight").GetInt32()));
            },
            Calm);
        await Eventually.HoldsAsync(() => ShowOnSaleAsync(new ShowPlan()), Calm);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        World.Dispose();
        foreach (var host in Hosts)
            await host.DisposeAsync();
    }

    private sealed class InTurn(IReadOnlyList<EventlyHost> hosts) : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        private uint _next;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var running = hosts.Where(host => !host.HasExited).ToList();
            if (running.Count == 0)
                throw new HttpRequestException("No host runs.");
            var host = running[(int)(Interlocked.Increment(ref _next) % (uint)running.Count)];
            request.RequestUri = new Uri(host.Address, request.RequestUri!.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
