using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Evently.Shared.Http;

/// <summary>The web server with an end in steps. The whole of it leaves time, of the host's one deadline, to those who stop after it.</summary>
internal sealed class GradualServer(IServer inner, ServingTime serving, IOptions<StopOptions> options, TimeProvider time) : IServer
{
    /// <summary>How long requests may take that run when connections begin to be refused; then theirs are cut. Half-sent ones are among them.</summary>
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(8);

    public IFeatureCollection Features => inner.Features;

    public static void Wrap(IServiceCollection services)
    {
        var server = services.Last(service => service.ServiceType == typeof(IServer));
        services.Remove(server);
        services.AddSingleton<IServer>(provider => new GradualServer(
            (IServer)ActivatorUtilities.CreateInstance(provider, server.ImplementationType!),
            provider.GetRequiredService<ServingTime>(),
            provider.GetRequiredService<IOptions<StopOptions>>(),
            provider.GetRequiredService<TimeProvider>()));
    }

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull => inner.StartAsync(application, cancellationToken);

    /// <summary>Never throws for want of time: what is left is cut.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(options.Value.NotReady, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await serving.CloseAsync();
        using var drained = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        drained.CancelAfter(Drain);
        await inner.StopAsync(drained.Token);
    }

    public void Dispose() => inner.Dispose();
}
