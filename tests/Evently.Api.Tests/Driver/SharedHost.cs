using Evently.Api.Tests.Driver;

[assembly: AssemblyFixture(typeof(SharedHost))]

namespace Evently.Api.Tests.Driver;

/// <summary>One host for all tests that neither kill nor configure it. Tests keep apart by having users, venues and events of their own.</summary>
public sealed class SharedHost : IAsyncLifetime
{
    private EventlyHost? _host;

    public EventlyHost Host => _host ?? throw new InvalidOperationException("The host has not been started.");

    public World World => Host.World;

    public async ValueTask InitializeAsync() => _host = await EventlyHost.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_host is null)
            return;
        if (_host.HasExited)
            TestContext.Current.SendDiagnosticMessage("The shared host ended by itself:\n" + _host.Log);
        await _host.DisposeAsync();
    }
}
