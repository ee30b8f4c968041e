using Evently.Load.Http;
using Evently.Load.Loops;
using Evently.Load.Stage;

namespace Evently.Load.Scenarios;

/// <summary>Holds of one free seat each, all over the hall; nobody meets another buyer.</summary>
internal static class Holds
{
    public const int Created = 201;

    public static Visit Of(Show show, Crowd crowd, int seed) => Of([show], crowd, seed);

    /// <summary>The first show is sold out before the next one begins.</summary>
    public static Visit Of(IReadOnlyList<Show> shows, Crowd crowd, int seed)
    {
        var hall = shows[0].Hall;
        var order = hall.Shuffled(seed);
        return async (connection, number) =>
        {
            var show = shows[(int)(number / hall.Seats)];
            var answer = await connection.PostAsync(show.HoldLine, crowd.HeadersOf(number), hall.BodyOf(order[number % hall.Seats]));
            return Outcomes.Of(answer, Created);
        };
    }

    /// <summary>As many of the same size as wanted, for the ceiling: it knows neither seats nor users.</summary>
    public static Visit AtCeiling(Crowd crowd)
    {
        var hall = new Hall(Hall.RowSeats * Hall.SectionRows);
        var line = RequestBytes.Line("POST", "/events/event-00000000000000000000000000/hold");
        return async (connection, number) =>
        {
            var answer = await connection.PostAsync(line, crowd.HeadersOf(number), hall.BodyOf((int)(number % hall.Seats)));
            return Outcomes.Of(answer, Created);
        };
    }
}
