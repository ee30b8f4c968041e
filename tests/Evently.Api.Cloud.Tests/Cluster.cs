namespace Evently.Api.Cloud.Tests;

/// <summary>Several hosts on one table and one set of queues. Its <see cref="World"/> spreads requests over them in turn, as a load balancer does.</summary>
public sealed class Cluster : IAsyncDisposable
{
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
            var host = hosts[(int)(Interlocked.Increment(ref _next) % (uint)hosts.Count)];
            request.RequestUri = new Uri(host.Address, request.RequestUri!.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
