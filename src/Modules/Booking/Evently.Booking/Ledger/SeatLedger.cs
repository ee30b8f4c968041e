using System.Runtime.CompilerServices;
using Evently.Booking.Catalog;
using Evently.Booking.Seats;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Booking.Ledger;

/// <summary>
/// Who owns which seat: one item a row, one attribute a taken seat. Every change is compare-and-swap on the seat's exact bytes, so the
/// holding is its own fencing token; every call is safe to repeat.
/// </summary>
internal sealed class SeatLedger(ModuleTable<BookingModule> table, LedgerReader reader, SeatFeed feed, TimeProvider time)
{
    /// <summary>Each attempt that fails means that somebody else's change of the same seats went through.</summary>
    private const int Attempts = 8;

    /// <inheritdoc cref="ITableEngine.IsMetered"/>
    public bool IsMetered => table.IsMetered;

    /// <summary>Takes all seats for a holding, or none.</summary>
    public async ValueTask<TakeOutcome> TakeAsync(OnSaleEvent on, IReadOnlyList<PlanSeat> seats, Ulid holding, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        var rule = new SeatRule.Take(SeatClaim.Held(holding, expiresAt));

        // Sold blind, by the condition alone: the usual hold reads nothing.
        var outcome = await ChangeAsync(on, seats, rule, known: false, cancellationToken);
        return outcome.Applied ? TakeOutcome.Success : Unavailable(seats, outcome.Work);
    }

    /// <summary>Takes all seats for a holding in one transaction with other writes, or does nothing.</summary>
    /// <param name="alongside">What else belongs to the hold.</param>
    /// <returns>Neither taken nor unavailable: a write of <paramref name="alongside"/> was refused.</returns>
    public async ValueTask<TakeOutcome> TakeWithAsync(
        OnSaleEvent on, IReadOnlyList<PlanSeat> seats, Ulid holding, DateTimeOffset expiresAt, IReadOnlyList<Write> alongside, CancellationToken cancellationToken)
    {
        var change = new LedgerChange(on, seats, new SeatRule.Take(SeatClaim.Held(holding, expiresAt)));
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var now = time.GetUtcNow();
            if (change.Decide(now) == Verdict.Refuse)
                return Unavailable(seats, change.Work);
            var mark = feed.Mark(on);
            var writes = change.ToWrites(now);
            var result = await TransactAsync(on, [.. writes, .. alongside], cancellationToken);
            if (result.Applied)
            {
                feed.Changed(on, change.Rule, change.Work);
                return TakeOutcome.Success;
            }

            var refused = result.Refused.Zip(result.RefusedItems).Where(one => one.First < writes.Count).ToList();
            if (refused.Count == 0)
                return new TakeOutcome(false, []);
            if (!change.TryObserve(refused, work => SeatFeed.Observed(work, mark)))
                await LookAsync(change, cancellationToken);
        }

        throw new TableUnavailableException($"Seats of {on.EventId} kept changing.");
    }

    private async ValueTask<TransactionResult> TransactAsync(OnSaleEvent on, IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        try
        {
            return await table.TransactAsync(writes, cancellationToken);
        }
        catch (WriteOutcomeUnknownException)
        {
            feed.Touched(on);
            throw;
        }
    }

    private static TakeOutcome Unavailable(IReadOnlyList<PlanSeat> seats, SeatWork[] work)
    {
        var unavailable = new List<UnavailableSeat>();
        foreach (var seat in seats)
        {
            var found = Array.Find(work, one => one.Seat.Ordinal == seat.Ordinal);
            if (found.Step == SeatStep.Refuse)
                unavailable.Add(UnavailableSeat.Of(seat.Position, found.Current));
        }

        return new TakeOutcome(false, unavailable);
    }

    /// <summary>What moves the expiry of a holding's seats, for the commit that decides on it; null when one of them is no longer this holding's.</summary>
    public ValueTask<PreparedChange?> PrepareExtendAsync(
        OnSaleEvent on, IReadOnlyList<string> positions, Ulid holding, DateTimeOffset expiresAt, CancellationToken cancellationToken) =>
        PrepareAsync(on, SeatsOf(on, positions), new SeatRule.Extend(SeatClaim.Held(holding, expiresAt)), cancellationToken);

    /// <summary>
    /// What books seats that a holding had lost and nobody has, for the commit that decides on it; null when one of them is somebody else's. Alone
    /// such a write could book seats for a booking that is over by then.
    /// </summary>
    public ValueTask<PreparedChange?> PrepareRetakeAsync(OnSaleEvent on, IReadOnlyList<string> positions, Ulid holding, CancellationToken cancellationToken) =>
        PrepareAsync(on, SeatsOf(on, positions), new SeatRule.Book(holding, Retake: true), cancellationToken);

    /// <summary>What <see cref="TryBookAsync"/> does, for the commit that decides on it; null when one of the seats does not carry the holding.</summary>
    public ValueTask<PreparedChange?> PrepareBookAsync(OnSaleEvent on, IReadOnlyList<string> positions, Ulid holding, CancellationToken cancellationToken) =>
        PrepareAsync(on, SeatsOf(on, positions), new SeatRule.Book(holding, Retake: false), cancellationToken);

    /// <summary>
    /// Books a holding's seats as long as all of them still carry the holding, whatever the clock says. True again when they are booked by this
    /// holding already. False: at least one does not carry it, and nothing changed.
    /// </summary>
    public async ValueTask<bool> TryBookAsync(OnSaleEvent on, IReadOnlyList<string> positions, Ulid holding, CancellationToken cancellationToken) =>
        (await ChangeAsync(on, SeatsOf(on, positions), new SeatRule.Book(holding, Retake: false), known: true, cancellationToken)).Applied;

    /// <summary>Frees those of the seats that still carry the holding, held or booked.</summary>
    /// <returns>How many this call freed.</returns>
    public async ValueTask<int> ReleaseAsync(OnSaleEvent on, IReadOnlyList<string> positions, Ulid holding, CancellationToken cancellationToken) =>
        (await ChangeAsync(on, SeatsOf(on, positions), new SeatRule.Release(holding), known: true, cancellationToken)).Changed;

    /// <summary>Frees those of the seats that carry this very claim: not one that the same holding has put in its place since.</summary>
    /// <returns>How many this call freed.</returns>
    public async ValueTask<int> GiveBackAsync(OnSaleEvent on, IReadOnlyList<string> positions, SeatClaim claim, CancellationToken cancellationToken) =>
        (await ChangeAsync(on, SeatsOf(on, positions), new SeatRule.Release(claim.Holding, claim), known: true, cancellationToken)).Changed;

    /// <summary>The seats' owners as the ledger has them now (strong reads), in the order of <paramref name="positions"/>.</summary>
    public async ValueTask<IReadOnlyList<SeatOwner>> ReadAsync(OnSaleEvent on, IReadOnlyList<string> positions, CancellationToken cancellationToken)
    {
        var seats = SeatsOf(on, positions);
        var blocks = seats.Select(seat => seat.Block).Distinct().ToArray();
        var items = await reader.ReadBlocksAsync(on, blocks, cancellationToken);
        return seats.ConvertAll(seat => SeatOwner.Of(seat.Position, SeatBlock.ClaimOf(items[Array.IndexOf(blocks, seat.Block)], seat.Slot)));
    }

    /// <summary>Every taken seat of the event, page by page; expired holds included. For audits and cancelled events.</summary>
    public async IAsyncEnumerable<SeatOwner> ReadAllTakenAsync(OnSaleEvent on, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (block, item) in reader.ReadAllAsync(on, cancellationToken))
        {
            for (var slot = 0; slot < block.SeatCount; slot++)
            {
                var claim = SeatBlock.ClaimOf(item, slot);
                if (!claim.IsFree)
                    yield return SeatOwner.Of(on.Plan.Seats[block.FirstOrdinal + slot].Position, claim);
            }
        }
    }

    private async ValueTask<PreparedChange?> PrepareAsync(OnSaleEvent on, IReadOnlyList<PlanSeat> seats, SeatRule rule, CancellationToken cancellationToken)
    {
        var change = new LedgerChange(on, seats, rule);
        await LookAsync(change, cancellationToken);
        var now = time.GetUtcNow();
        return change.Decide(now) switch
        {
            Verdict.Refuse => null,
            Verdict.Nothing => new PreparedChange([], static () => { }),
            _ => new PreparedChange(change.ToWrites(now), () => feed.Changed(on, rule, change.Work)),
        };
    }

    private static List<PlanSeat> SeatsOf(OnSaleEvent on, IReadOnlyList<string> positions)
    {
        var seats = new List<PlanSeat>(positions.Count);
        foreach (var position in positions)
            seats.Add(on.Plan.TryGetSeat(position, out var seat) ? seat : throw new ArgumentException($"{on.EventId} has no seat {position}.", nameof(positions)));
        return seats;
    }

    /// <param name="known">The rule needs to know what the seats' bytes are; those in memory are tried first, a read decides.</param>
    private async ValueTask<ChangeOutcome> ChangeAsync(OnSaleEvent on, IReadOnlyList<PlanSeat> seats, SeatRule rule, bool known, CancellationToken cancellationToken)
    {
        var change = new LedgerChange(on, seats, rule);
        var certain = false;
        if (known && !feed.TryRecall(on, change.Work))
        {
            await LookAsync(change, cancellationToken);
            certain = true;
        }

        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var now = time.GetUtcNow();
            var verdict = change.Decide(now);
            if (verdict != Verdict.Write && !certain && known)
            {
                await LookAsync(change, cancellationToken);
                certain = true;
                continue;
            }

            if (verdict == Verdict.Refuse)
                return change.Outcome(applied: false);
            if (verdict == Verdict.Nothing || await TryWriteAsync(change, now, cancellationToken))
                return change.Outcome(applied: true);
            certain = true;
        }

        throw new TableUnavailableException($"Seats of {on.EventId} kept changing.");
    }

    /// <summary>False when the write was refused or its outcome is not known; the seats have then been looked at again.</summary>
    private async ValueTask<bool> TryWriteAsync(LedgerChange change, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var mark = feed.Mark(change.On);
        var writes = change.ToWrites(now);
        try
        {
            var (applied, refused) = writes.Count == 1
                ? await WriteOneAsync(writes[0], cancellationToken)
                : await WriteAllAsync(writes, cancellationToken);
            if (applied)
            {
                change.Applied();
                feed.Changed(change.On, change.Rule, change.Work);
                return true;
            }

            if (!change.TryObserve(refused, seats => SeatFeed.Observed(seats, mark)))
                await LookAsync(change, cancellationToken);
        }
        catch (WriteOutcomeUnknownException)
        {
            await LookAsync(change, cancellationToken);
            if (change.CountApplied() > 0)
                feed.Touched(change.On);
        }

        return false;
    }

    private async ValueTask<(bool Applied, IReadOnlyList<(int Write, Item? Item)> Refused)> WriteOneAsync(Write write, CancellationToken cancellationToken)
    {
        var result = await table.WriteAsync(write, cancellationToken);
        return (result.Applied, result.Applied ? [] : [(0, result.Item)]);
    }

    private async ValueTask<(bool Applied, IReadOnlyList<(int Write, Item? Item)> Refused)> WriteAllAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        var result = await table.TransactAsync(writes, cancellationToken);
        return (result.Applied, [.. result.Refused.Zip(result.RefusedItems)]);
    }

    private async ValueTask LookAsync(LedgerChange change, CancellationToken cancellationToken)
    {
        var mark = feed.Mark(change.On);
        change.Observe(await reader.ReadBlocksAsync(change.On, change.Blocks, cancellationToken));
        SeatFeed.Observed(change.Work, mark);
    }
}
