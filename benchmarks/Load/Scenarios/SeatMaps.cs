using System.Text;
using Evently.Load.Http;
using Evently.Load.Loops;
using Evently.Load.Stage;

namespace Evently.Load.Scenarios;

/// <summary>Looks at the compact seat map, as a page does that shows it: compressed, and again with the tag of what it has.</summary>
internal static class SeatMaps
{
    private const int Ok = 200;
    private const int NotModified = 304;
    private const string Accept = "Accept: application/vnd.evently.seatmap+json";
    private const string AcceptEncoding = "Accept-Encoding: br";
    private static readonly byte[] Headers = RequestBytes.Headers(null, Accept, AcceptEncoding);

    public static Visit Of(Show show) => async (connection, _) => Outcomes.Of(await connection.GetAsync(show.MapLine, Headers), Ok);

    /// <summary>Asks whether anything has changed; nothing has.</summary>
    public static Visit Unchanged(Show show, string tag)
    {
        var headers = RequestBytes.Headers(null, Accept, AcceptEncoding, $"If-None-Match: {tag}");
        return async (connection, _) => Outcomes.Of(await connection.GetAsync(show.MapLine, headers), NotModified);
    }

    /// <summary>Looks, and each time again with the tag that anybody was last given: a 304 and a new map are both what it came for.</summary>
    public static Visit Watching(Show show)
    {
        var headers = Headers;
        return async (connection, _) =>
        {
            var answer = await connection.GetAsync(show.MapLine, headers);
            if (answer.Status == Ok)
                headers = RequestBytes.Headers(null, Accept, AcceptEncoding, $"If-None-Match: {Encoding.ASCII.GetString(answer.ETag.Span)}");
            return answer.Status == NotModified ? Outcome.Won : Outcomes.Of(answer, Ok);
        };
    }

    /// <summary>The size of the map over the wire, in bytes, and its tag.</summary>
    public static async Task<(int Bytes, string Tag)> LookAsync(LoadConnection connection, Show show)
    {
        var answer = await connection.GetAsync(show.MapLine, Headers);
        Outcomes.Of(answer, Ok);
        return (answer.Body.Length, Encoding.ASCII.GetString(answer.ETag.Span));
    }
}
