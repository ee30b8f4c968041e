using System.Text;
using Evently.Load.Http;

namespace Evently.Load.Stage;

/// <summary>An event on sale, and the first lines of what its buyers ask.</summary>
internal sealed class Show(string eventId, Hall hall)
{
    public string EventId => eventId;

    public Hall Hall => hall;

    public ReadOnlyMemory<byte> HoldLine { get; } = RequestBytes.Line("POST", $"/events/{eventId}/hold");

    public ReadOnlyMemory<byte> MapLine { get; } = RequestBytes.Line("GET", $"/events/{eventId}/seats");

    /// <summary>The first line of paying for a holding.</summary>
    public static byte[] ConfirmLine(ReadOnlySpan<byte> holdingId)
    {
        var before = "POST /"u8;
        var behind = "/confirm HTTP/1.1\r\n"u8;
        return [.. before, .. holdingId, .. behind];
    }

    public override string ToString() => new StringBuilder(eventId).Append(" of ").Append(hall.Seats).Append(" seats").ToString();
}
