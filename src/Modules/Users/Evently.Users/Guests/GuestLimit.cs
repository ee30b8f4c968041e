namespace Evently.Users.Guests;

/// <summary>How many guests one client may become in an hour. Kept in this process only, as other limits.</summary>
internal sealed class GuestLimit : IDisposable
{
    public const int PerHour = 60;

    private readonly HourlyLimit _byClient = new(PerHour);

    /// <summary>Not null: how long to wait.</summary>
    public TimeSpan? Take(string client) => _byClient.Take(client);

    public void Dispose() => _byClient.Dispose();
}
