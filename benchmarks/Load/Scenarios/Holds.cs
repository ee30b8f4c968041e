using Evently.Load.Loops;
using Evently.Load.Stage;

namespace Evently.Load.Scenarios;

/// <summary>Holds of one free seat each, all over the hall; nobody meets another buyer.</summary>
internal static class Holds
{
    private const int Created = 201;

    public static Visit Of(Show show, Crowd crowd, int seed)
    {
        var order = show.Hall.Shuffled(seed);
        return async (connection, number) =>
        {
            var answer = await connection.PostAsync(show.HoldLine, crowd.HeadersOf(number), show.Hall.BodyOf(order[number]));
            return Outcomes.Of(answer, Created);
        };
    }

    /// <summary>As many of the same size as wanted, for the ceiling: it knows neither seats nor users.</summary>
    public static Visit AtCeiling(Crowd crowd)
    {
        var show = new Show("event-00000000000000000000000000", new Hall(Hall.RowSeats * Hall.SectionRows));
        return async (connection, number) =>
        {
            var body = show.Hall.BodyOf((int)(number % show.Hall.Seats));
            var answer = await connection.PostAsync(show.HoldLine, crowd.HeadersOf(number), body);
            return Outcomes.Of(answer, Created);
        };
    }
}
