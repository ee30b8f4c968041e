using Evently.Load.Http;
using Evently.Load.Loops;
using Evently.Load.Stage;

namespace Evently.Load.Scenarios;

/// <summary>One free seat each, held and then paid for by the same buyer on the same connection.</summary>
internal static class Purchases
{
    private const int Ok = 200;
    private static readonly byte[] Payment = """{"payment_method":"sim_ok"}"""u8.ToArray();

    public static Visit Of(Show show, Crowd crowd, int seed)
    {
        var order = show.Hall.Shuffled(seed);
        return (connection, number) => BuyAsync(connection, show, crowd.HeadersOf(number), show.Hall.BodyOf(order[number]));
    }

    public static async ValueTask<Outcome> BuyAsync(LoadConnection connection, Show show, ReadOnlyMemory<byte> headers, ReadOnlyMemory<byte> seats)
    {
        var held = await connection.PostAsync(show.HoldLine, headers, seats);
        var outcome = Outcomes.Of(held, Holds.Created);
        return outcome == Outcome.Won ? await PayAsync(connection, headers, held) : outcome;
    }

    private static async ValueTask<Outcome> PayAsync(LoadConnection connection, ReadOnlyMemory<byte> headers, Answer held)
    {
        var line = Show.ConfirmLine(held.TextAfter("\"holding_id\":\""u8));
        return Outcomes.Of(await connection.PostAsync(line, headers, Payment), Ok);
    }
}
