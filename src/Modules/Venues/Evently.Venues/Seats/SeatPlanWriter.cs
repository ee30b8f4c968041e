using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Microsoft.AspNetCore.Http;

namespace Evently.Venues.Seats;

/// <summary>
/// Adds seats to a venue and takes them out, each in one transaction: the venue's row, compared and swapped on its plan version, and the parts that grew. Two that change
/// at once are put one behind the other by that swap.
/// </summary>
internal sealed class SeatPlanWriter(ModuleTable<VenuesModule> table, VenueStore venues, IdGenerator ids, TimeProvider time)
{
    private const int Attempts = 8;

    /// <summary>Room for the venue's row and the transaction's overhead below <see cref="TableLimits.TransactionBytes"/>.</summary>
    private const int PartBytesInTransaction = 3_500_000;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    /// <returns>Null when the seats were added.</returns>
    public async Task<ProblemResult?> AddAsync(string venueId, Caller caller, IReadOnlyList<StoredRun> wanted, CancellationToken cancellationToken) =>
        (await EditAsync(venueId, caller, (venue, standing) => SeatPlanEdit.Decide(venue.SeatTypes, standing, wanted, venue.PlanVersion + 1), cancellationToken)).Problem;

    /// <summary>Takes seats out; events that exist keep theirs.</summary>
    public async Task<(int Removed, ProblemResult? Problem)> RemoveAsync(
        string venueId, Caller caller, IReadOnlyList<UnwantedSeats> unwanted, CancellationToken cancellationToken)
    {
        var (changed, problem) = await EditAsync(venueId, caller, (venue, standing) => SeatPlanEdit.Remove(standing, unwanted, venue.PlanVersion + 1), cancellationToken);
        return (changed, problem);
    }

    /// <returns>How many seats were added or taken out.</returns>
    private async Task<(int Changed, ProblemResult? Problem)> EditAsync(
        string venueId, Caller caller, Func<Venue, IReadOnlyList<StoredRun>, SeatPlanEdit> decide, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (attempt > 0)
                await Task.Delay(LongestPause * (ids.NextInt(100) / 100d), time, cancellationToken);
            var venue = await venues.FindAsync(venueId, cancellationToken);
            if (venue is null)
                return (0, VenueStore.NotFound);
            if (!caller.IsAdmin && !string.Equals(venue.CreatedBy, caller.UserId, StringComparison.Ordinal))
                return (0, NotOwner);

            var history = new List<StoredRun>();
            SeatPart? last = null;
            await foreach (var part in venues.ReadPartsAsync(venueId, firstPart: 0, cancellationToken))
            {
                history.AddRange(part.Runs);
                last = part;
            }

            var edit = decide(venue, SeatPlanHistory.At(history, venue.PlanVersion));
            if (edit is not SeatPlanEdit.Accepted accepted)
                return (0, Refusal(edit));

            var writes = Writes(venue, SeatPacking.Append(last, accepted.Runs), accepted);
            if (writes is null)
                return (0, Problems.BadRequest("too_many_seats", "So many differently named rows do not fit into one call; send them in several."));
            if ((await table.TransactAsync(writes, cancellationToken)).Applied)
                return (accepted.Runs.Sum(run => run.Count), null);
        }

        return (0, Problems.Unavailable("Others are changing this venue's seats; try again.", TimeSpan.FromSeconds(1)));
    }

    private static ProblemResult NotOwner =>
        Problems.Of(StatusCodes.Status403Forbidden, "not_owner", "The venue is another organizer's; only its owner or an administrator changes it.");

    /// <returns>Null when they exceed a transaction.</returns>
    private static List<Write>? Writes(Venue venue, List<SeatPart> parts, SeatPlanEdit.Accepted accepted)
    {
        if (parts.Count >= TableLimits.TransactionWrites)
            return null;
        var changed = venue with
        {
            PlanVersion = venue.PlanVersion + 1,
            PartCount = parts[^1].Part + 1,
            SeatCounts = [.. venue.SeatTypes.Zip(venue.SeatCounts, (type, count) => count + accepted.Difference.GetValueOrDefault(type))],
            HasRemovals = venue.HasRemovals || accepted.Runs.Any(run => run.IsRemoval),
        };
        List<Write> writes = [Write.Put(Keys.Venue(venue.VenueId), changed.ToAttributes(), Condition.Equal(Venue.PlanVersionAttribute, venue.PlanVersion))];
        var bytes = 0;
        foreach (var part in parts)
        {
            var attributes = part.ToAttributes();
            bytes += attributes.Values.Sum(value => value.Binary.Length);
            var isThere = part.Part < venue.PartCount;
            writes.Add(Write.Put(Keys.SeatPart(venue.VenueId, part.Part), attributes, isThere ? Condition.ItemExists : Condition.ItemAbsent));
        }

        return bytes > PartBytesInTransaction ? null : writes;
    }

    private static ProblemResult Refusal(SeatPlanEdit edit) => edit switch
    {
        SeatPlanEdit.UnknownTypes { SeatTypes: var types } =>
            Problems.BadRequest("unknown_seat_type", "The venue does not declare these seat types: " + string.Join(", ", types.Take(VenueLimits.ReportedErrors)) + ".", ("seat_types", types.Take(VenueLimits.ReportedSeats).ToArray())),
        SeatPlanEdit.AlreadyThere { Positions: var positions } =>
            Problems.Conflict("seat_exists", $"Of the seats {positions.Count} exist already or are named twice; none was added.", ("seats", positions.Take(VenueLimits.ReportedSeats).ToArray()), ("count", positions.Count)),
        SeatPlanEdit.NotThere { Positions: var positions } =>
            Problems.BadRequest("unknown_seats", $"The venue does not have {positions.Count} of these; none was taken out.", ("seats", positions.Take(VenueLimits.ReportedSeats).ToArray())),
        SeatPlanEdit.TooMany { Present: var present } =>
            Problems.BadRequest("too_many_seats", $"A venue has at most {VenueLimits.Seats} seats; this one has {present} already.", ("max", VenueLimits.Seats)),
        _ => throw new ArgumentOutOfRangeException(nameof(edit), edit, null),
    };
}
