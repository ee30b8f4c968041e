using Evently.Api.Tests.Driver;

[assembly: AssemblyFixture(typeof(SharedHost))]

namespace Evently.Api.Tests.Driver;

/// <summary>One host for all tests that neither kill nor configure it. Tests keep apart by having users, venues and events of their own.</summary>
public sealed class SharedHost : IAsyncLifetime
{
    private Turn? _turn;
    private Backend? _backend;
    private EventlyHost? _host;

    /// <summary>Skips the test where the backend can't run.</summary>
    public EventlyHost Host
    {
        get
        {
            SkipIfMissing();
            return _host ?? throw new InvalidOperationException("The host has not been started.");
        }
    }

    public World World => Host.World;

    /// <summary>Starts a host of the test's own, with data of its own, on the same backend. Skips the test where that can't run.</summary>
    /// <param name="settings">Environment variables on top of those for tests; null removes one.</param>
    public Task<EventlyHost> StartAnotherAsync(params IReadOnlyList<KeyValuePair<string, string?>> settings)
    {
        SkipIfMissing();
        return EventlyHost.StartAsync([.. _backend!.Settings(World.Unique("host")), .. settings]);
    }

    public async ValueTask InitializeAsync()
    {
        _turn = await Turn.TakeAsync();
        _backend = await Backend.StartAsync();
        if (_backend.Missing is null)
            _host = await StartAnotherAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            if (_host.HasExited)
                TestContext.Current.SendDiagnosticMessage("The shared host ended by itself:\n" + _host.Log);
            await _host.DisposeAsync();
        }

        if (_backend is not null)
            await _backend.DisposeAsync();
        _turn?.Dispose();
    }

    private void SkipIfMissing()
    {
        if (_backend?.Missing is { } reason)
            Assert.Skip(reason);
    }
}
