namespace Evently.Users.Tests.Driver;

/// <summary>One app for the tests of a class that keep apart by having users of their own.</summary>
public sealed class UsersFixture : IAsyncLifetime
{
    private UsersApp? _app;

    public UsersApp App => _app ?? throw new InvalidOperationException("The app has not been started.");

    public async ValueTask InitializeAsync() => _app = await UsersApp.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
    }
}
