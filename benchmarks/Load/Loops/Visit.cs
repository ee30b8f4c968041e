using System.Net.Sockets;
using Evently.Load.Http;

namespace Evently.Load.Loops;

/// <summary>All that one client does at one time: one request, or several that follow from each other.</summary>
/// <param name="number">Its place in the measurement, from 0; no two visits have the same.</param>
internal delegate ValueTask<Outcome> Visit(LoadConnection connection, long number);

internal static class Visits
{
    /// <summary>A visit whose connection breaks has failed; it ends nobody else's.</summary>
    public static async ValueTask<Outcome> TryAsync(this Visit visit, LoadConnection connection, long number, LoadRecord record)
    {
        try
        {
            return await visit(connection, number);
        }
        catch (Exception exception) when (exception is UnexpectedAnswerException or SocketException or InvalidDataException or ObjectDisposedException)
        {
            record.Remember(exception.Message);
            return Outcome.Failed;
        }
    }
}
