using System.Buffers;
using System.Text.Json;

namespace Evently.Ceiling;

/// <summary>Answers every POST as a hold and every GET as a check of its health.</summary>
internal sealed class CeilingHandler(GroupCommitStore store, TimeProvider time)
{
    private const int MaxBodyBytes = 64 * 1024;

    /// <summary>About as long as the answer to a hold of one seat.</summary>
    private static readonly byte[] Answer =
        """
        {"holding_id":"holding-00000000000000000000000000","event_id":"event-00000000000000000000000000","user_id":"user-00000000000000000000000000",
        "seats_held":["1/A-1"],"hold_ttl":180,"expires_at":"2030-01-01T00:00:00Z","total":45.50,"currency":"USD"}
        """u8.ToArray();

    public async Task HandleAsync(HttpContext context)
    {
        var response = context.Response;
        if (HttpMethods.IsGet(context.Request.Method))
            return;
        if (await ReadSeatsAsync(context) == 0)
        {
            response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        await store.WriteAsync(time.GetUtcNow());
        response.StatusCode = StatusCodes.Status201Created;
        response.ContentType = "application/json";
        response.ContentLength = Answer.Length;
        await response.BodyWriter.WriteAsync(Answer, context.RequestAborted);
    }

    /// <summary>How many seats the body names; every one of them is read as text.</summary>
    private static async ValueTask<int> ReadSeatsAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            if (read.IsCompleted || read.Buffer.Length > MaxBodyBytes)
            {
                var seats = CountSeats(read.Buffer);
                reader.AdvanceTo(read.Buffer.End);
                return seats;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static int CountSeats(ReadOnlySequence<byte> body)
    {
        var json = new Utf8JsonReader(body);
        var seats = 0;
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.String && json.GetString() is { Length: > 0 })
                seats++;
        }

        return seats;
    }
}
