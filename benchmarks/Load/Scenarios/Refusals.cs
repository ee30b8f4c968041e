using Evently.Load.Loops;
using Evently.Load.Stage;

namespace Evently.Load.Scenarios;

/// <summary>Holds of seats that somebody has already.</summary>
internal static class Refusals
{
    /// <summary>Being told so is what these visits come for.</summary>
    private const int Conflict = 409;

    /// <param name="show">All of its seats are taken.</param>
    public static Visit Of(Show show, Crowd crowd) => async (connection, number) =>
    {
        var answer = await connection.PostAsync(show.HoldLine, crowd.HeadersOf(number), show.Hall.BodyOf((int)(number % show.Hall.Seats)));
        return Outcomes.Of(answer, Conflict);
    };
}
