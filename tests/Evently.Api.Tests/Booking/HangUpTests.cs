using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Evently.Api.Tests.Booking;

/// <summary>Clients that hang up in the middle of a cancellation, by a reset, a moment after they asked.</summary>
public sealed class HangUpTests(SharedHost shared)
{
    private const int Users = 10;

    /// <summary>1,000 cancellations in all with <c>EVENTLY_HANG_UPS=100</c>.</summary>
    private static readonly int TriesOfUser = int.Parse(Environment.GetEnvironmentVariable("EVENTLY_HANG_UPS") ?? "20", CultureInfo.InvariantCulture);

    private readonly World _world = shared.World;

    [Fact]
    public async Task A_cancellation_that_arrived_frees_its_seat_whoever_listens()
    {
        var show = await _world.ShowAsync();
        var buyers = await _world.BuyersAsync(Users);
        await Parallel.ForEachAsync(buyers.Select((buyer, index) => (buyer, index)), TestContext.Current.CancellationToken, async (one, token) =>
        {
            var random = new Random(one.index);
            var seat = "A-" + (one.index + 1).ToString(CultureInfo.InvariantCulture);
            for (var i = 0; i < TriesOfUser; i++)
            {
                // The seat of the try before is free again, or this hold would be refused.
                var holding = "";
                await Eventually.HoldsAsync(async () => holding = (await show.TryHoldAsync(one.buyer, seat)).Is(201).String("holding_id"), TimeSpan.FromSeconds(10));
                await CancelAndHangUpAsync(one.buyer, holding, TimeSpan.FromMilliseconds(random.Next(4)), token);
                if ((await one.buyer.Api.GetAsync($"/holdings/{holding}")).Is(200).String("state") == "held")
                    (await one.buyer.Api.PostAsync($"/{holding}/cancel")).Is(200);
            }
        });

        await Eventually.HoldsAsync(async () => Assert.Equal(0, (await show.AuditAsync()).Number("held")));
    }

    private async Task CancelAndHangUpAsync(User user, string holding, TimeSpan after, CancellationToken cancellationToken)
    {
        var address = shared.Host.Address;
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
        await socket.ConnectAsync(address.Host, address.Port, cancellationToken);
        var request = $"POST /{holding}/cancel HTTP/1.1\r\nHost: {address.Authority}\r\nAuthorization: Bearer {user.Api.Token}\r\nContent-Length: 0\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
        await Task.Delay(after, TimeProvider.System, cancellationToken);
    }
}
