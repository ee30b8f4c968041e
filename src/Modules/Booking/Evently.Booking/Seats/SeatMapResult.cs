using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Evently.Booking.Seats;

/// <summary>Sends the rendered map, or 304 when the client has it.</summary>
internal sealed class SeatMapResult(CompactSeatMap map) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.Headers.ETag = map.ETag;
        response.Headers.CacheControl = "no-cache";
        if (IsKnown(httpContext.Request))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = ListEventSeats.MapMediaType;
        response.ContentLength = map.Body.Length;
        await response.Body.WriteAsync(map.Body, httpContext.RequestAborted);
    }

    private bool IsKnown(HttpRequest request)
    {
        var current = EntityTagHeaderValue.Parse(map.ETag);
        foreach (var known in request.GetTypedHeaders().IfNoneMatch)
        {
            if (known.Compare(current, useStrongComparison: false) || known.Equals(EntityTagHeaderValue.Any))
                return true;
        }

        return false;
    }
}
