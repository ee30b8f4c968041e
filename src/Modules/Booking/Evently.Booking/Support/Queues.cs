using Carter;
using Evently.Shared.Http;
using Evently.Shared.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Evently.Booking.Support;

/// <param name="OldestAgeSeconds">Age of the oldest waiting message; null when none waits or it is not known.</param>
/// <param name="OutboxDepth">Messages of the module that are committed and not yet handed to the queues.</param>
internal sealed record QueueResponse(
    string Name, int Depth, int InFlight, double? OldestAgeSeconds, int DeadLetters, int OutboxDepth, double? OldestOutboxAgeSeconds);

/// <param name="Moved">How many dead letters are in the queue again.</param>
internal sealed record RedriveResponse(string Name, int Moved);

/// <summary>The queues of all modules.</summary>
internal sealed class Queues : ICarterModule
{
    /// <summary>Most dead letters that one call moves.</summary>
    private const int RedriveBatch = 1_000;

    public void AddRoutes(IEndpointRouteBuilder app)
    {
        app.MapGet("/support/queues", ListAsync)
            .Describe("list_queues", "Support", "Depth, oldest age and dead letters of every queue")
            .RequireRole(Policies.Support);
        app.MapPost("/support/queues/{name}/redrive", RedriveAsync)
            .Describe("redrive_queue", "Support", "Move dead letters back", "At most 1,000 a call, each with a fresh receive count.")
            .Fails(StatusCodes.Status404NotFound, "queue_not_found")
            .RequireRole(Policies.Support);
    }

    private static async Task<Ok<IReadOnlyList<QueueResponse>>> ListAsync(QueueDirectory queues, CancellationToken cancellationToken) =>
        TypedResults.Ok<IReadOnlyList<QueueResponse>>([.. (await queues.ListAsync(cancellationToken)).Select(status => new QueueResponse(
            status.Name,
            status.Figures.Depth,
            status.Figures.InFlight,
            status.Figures.OldestAge?.TotalSeconds,
            status.Figures.DeadLetters,
            status.OutboxDepth,
            status.OldestOutboxAge?.TotalSeconds))]);

    private static async Task<Results<Ok<RedriveResponse>, ProblemResult>> RedriveAsync(string name, QueueDirectory queues, CancellationToken cancellationToken) =>
        await queues.RedriveAsync(name, RedriveBatch, cancellationToken) is { } moved
            ? TypedResults.Ok(new RedriveResponse(name, moved))
            : Problems.NotFound("queue_not_found", "There is no such queue.");
}
