using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Venues.Seats;

/// <summary>
/// Adds seats to a venue in one transaction: the venue's row, compared and swapped on its plan version, and the parts that grew. Two that add
/// at once are put one behind the other by that swap.
/// </summary>
internal sealed class SeatAppender(ModuleTable<VenuesModule> table, VenueStore venues, IdGenerator ids, TimeProvider time)
{
    private const int Attempts = 8;

    /// <summary>Room for the venue's row and the transaction's overhead below <see cref="TableLimits.TransactionBytes"/>.</summary>
    private const int PartBytesInTransaction = 3_500_000;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    /// <returns>Null when the seats were added.</returns>
    public async Task<ProblemResult?> AddAsync(string venueId, IReadOnlyList<StoredRun> wanted, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (attempt > 0)
                await Task.Delay(LongestPause * (ids.NextInt(100) / 100d), time, cancellationToken);
            var venue = await venues.FindAsync(venueId, cancellationToken);
            if (venue is null)
                return VenueStore.NotFound;

            var existing = new List<StoredRun>();
            SeatPart? last = null;
            await foreach (var part in venues.ReadPartsAsync(venueId, firstPart: 0, cancellationToken))
            {
                existing.AddRange(part.Runs);
                last = part;
            }

            var edit = SeatPlanEdit.Decide(venue.SeatTypes, existing, wanted, venue.PlanVersion + 1);
            if (edit is not SeatPlanEdit.Accepted { Added: var added })
                return Refusal(edit);

            var writes = Writes(venue, SeatPacking.Append(last, added), added);
            if (writes is null)
                return Problems.BadRequest("too_many_seats", "So many differently named rows do not fit into one call; send them in several.");
            if ((await table.TransactAsync(writes, cancellationToken)).Applied)
                return null;
        }

        return Problems.Unavailable("Others are changing this venue's seats; try again.", TimeSpan.FromSeconds(1));
    }

    /// <returns>Null when they exceed a transaction.</returns>
    private static List<Write>? Writes(Venue venue, List<SeatPart> parts, IReadOnlyList<StoredRun> added)
    {
        if (parts.Count >= TableLimits.TransactionWrites)
            return null;
        var counts = added.GroupBy(run => run.SeatType, StringComparer.Ordinal).ToDictionary(type => type.Key, type => type.Sum(run => run.Count), StringComparer.Ordinal);
        var grown = venue with
        {
            PlanVersion = venue.PlanVersion + 1,
            PartCount = parts[^1].Part + 1,
            SeatCounts = [.. venue.SeatTypes.Zip(venue.SeatCounts, (type, count) => count + counts.GetValueOrDefault(type))],
        };
        List<Write> writes = [Write.Put(Keys.Venue(venue.VenueId), grown.ToAttributes(), Condition.Equal(Venue.PlanVersionAttribute, venue.PlanVersion))];
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
        SeatPlanEdit.TooMany { Present: var present } =>
            Problems.BadRequest("too_many_seats", $"A venue has at most {VenueLimits.Seats} seats; this one has {present} already.", ("max", VenueLimits.Seats)),
        _ => throw new ArgumentOutOfRangeException(nameof(edit), edit, null),
    };
}
