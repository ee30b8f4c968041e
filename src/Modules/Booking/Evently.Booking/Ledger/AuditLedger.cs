using Carter;
using Evently.Booking.Catalog;
using Evently.Booking.Holds;
using Evently.Booking.Sagas;
using Evently.Booking.Support;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Booking.Ledger;

/// <param name="Held">Held by a hold that has not expired.</param>
/// <param name="Discrepancies">The first <see cref="LedgerAuditor.MaxDiscrepancies"/>; empty means that every owner is accounted for.</param>
internal sealed record LedgerAuditResponse(
    string EventId, int Seats, int Booked, int Held, int Free, IReadOnlyList<Discrepancy> Discrepancies, DateTimeOffset AsOf);

internal sealed class AuditLedger : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet("/support/ledger/{event_id}", HandleAsync)
        .Describe("audit_ledger", "Support", "Audit an event's seats", "Reads every seat's owner from the ledger and compares it with the bookings.")
        .Fails(StatusCodes.Status404NotFound, "event_not_found")
        .RequireRole(Policies.Support);

    private static async Task<Results<Ok<LedgerAuditResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "event_id")] string eventId, EventCatalog catalog, LedgerAuditor auditor, CancellationToken cancellationToken) =>
        await catalog.FindAsync(eventId, cancellationToken) is { } on
            ? TypedResults.Ok(await auditor.AuditAsync(on, cancellationToken))
            : HoldSeats.EventNotFound;
}

/// <summary>
/// Proves on a live system that every taken seat has exactly one owner who knows it. Sales go on meanwhile, so what looks wrong is looked at
/// again before it is reported.
/// </summary>
internal sealed class LedgerAuditor(
    SeatLedger ledger, SagaTable<BookingModule, BookingSaga> sagas, BookingListing listing, TimeProvider time)
{
    public const int MaxDiscrepancies = 1_000;
    private const int Batch = 100;

    public async ValueTask<LedgerAuditResponse> AuditAsync(OnSaleEvent on, CancellationToken cancellationToken)
    {
        var began = time.GetUtcNow();
        var (booked, held) = (0, 0);
        var owners = new Dictionary<Ulid, List<SeatOwner>>();
        await foreach (var seat in ledger.ReadAllTakenAsync(on, cancellationToken))
        {
            if (seat.IsBooked)
                booked++;
            else if (seat.ExpiresAt > began)
                held++;
            var holding = seat.Holding!.Value;
            if (!owners.TryGetValue(holding, out var seats))
                owners[holding] = seats = [];
            seats.Add(seat);
        }

        await AddListedAsync(on, owners, cancellationToken);
        var discrepancies = new List<Discrepancy>();
        foreach (var batch in owners.Chunk(Batch))
        {
            var instances = await LoadAsync(batch, cancellationToken);
            for (var i = 0; i < batch.Length && discrepancies.Count < MaxDiscrepancies; i++)
            {
                var (holding, seats) = batch[i];
                if (instances[i].Unreadable is { } key)
                    discrepancies.Add(LedgerAudit.Unreadable(holding, seats, key));
                else if (LedgerAudit.Compare(holding, seats, instances[i].Saga, time.GetUtcNow()).Any())
                    discrepancies.AddRange(await LookAgainAsync(on, holding, seats, cancellationToken));
            }
        }

        return new LedgerAuditResponse(
            on.EventId, on.Plan.SeatCount, booked, held, on.Plan.SeatCount - booked - held, [.. discrepancies.Take(MaxDiscrepancies)], began);
    }

    /// <summary>A confirmed booking that lost all its seats is named by no seat, only by the event's list of paid holdings.</summary>
    private async ValueTask AddListedAsync(OnSaleEvent on, Dictionary<Ulid, List<SeatOwner>> owners, CancellationToken cancellationToken)
    {
        await foreach (var holding in listing.ReadAllOfEventAsync(on.EventId, cancellationToken))
            owners.TryAdd(holding, []);
    }

    private ValueTask<IReadOnlyList<SagaRead<BookingSaga>>> LoadAsync(KeyValuePair<Ulid, List<SeatOwner>>[] batch, CancellationToken cancellationToken) =>
        sagas.ReadManyAsync(Array.ConvertAll(batch, entry => entry.Key.ToGuid()), Consistency.Strong, cancellationToken);

    private async ValueTask<IEnumerable<Discrepancy>> LookAgainAsync(OnSaleEvent on, Ulid holding, List<SeatOwner> seats, CancellationToken cancellationToken)
    {
        var saga = await sagas.LoadAsync(holding.ToGuid(), cancellationToken);
        var positions = seats.Select(seat => seat.Position).Union(saga?.Positions ?? [], StringComparer.Ordinal).ToArray();
        var now = await ledger.ReadAsync(on, positions, cancellationToken);
        return LedgerAudit.Compare(holding, [.. now.Where(seat => seat.Holding == holding)], saga, time.GetUtcNow());
    }
}
