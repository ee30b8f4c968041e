using System.Collections.Concurrent;
using Evently.Booking.Contracts;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Analytics.Counting;

/// <summary>
/// Where a transaction costs double: one write after the other, each of which counts nothing twice by itself. First a row with the whole batch
/// (<see cref="BatchRow"/>), then each booking's fact, which says that this batch counts it; then the seats, whose bookings are a set; then the counter item,
/// which remembers the bookings of a batch that it has. Whoever dies in between leaves the row, and the rollup's holder goes on from it.
/// </summary>
internal sealed class CountInParts(ModuleTable<AnalyticsModule> table, IdGenerator ids, TimeProvider time) : BatchCounter
{
    /// <summary>A row that is older than that is finished by others: its author has died, or was not served.</summary>
    public static readonly TimeSpan LeftAfter = TimeSpan.FromSeconds(30);

    /// <summary>And removed by them only then: an author that stood still meanwhile may mark a last fact.</summary>
    public static readonly TimeSpan RemovedAfter = TimeSpan.FromMinutes(10);

    /// <summary>Nobody waits for these figures, and a row and a counter item cost the same for twenty bookings.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(40);

    private const int Concurrency = 16;
    private const int MarksRemovedAtOnce = 20;
    private const int Attempts = 10;

    /// <summary>Each takes four of the 300 operators of an expression, and a booking adds some twenty at most.</summary>
    private const int MostAdditions = 40;

    /// <summary>Counter items whose marks can go with their next write, as their rows are gone.</summary>
    private readonly ConcurrentDictionary<ItemKey, ConcurrentQueue<Ulid>> _doneMarks = new();

    public override Task GatherAsync() => Task.Delay(Gather, time);

    public override async Task<IReadOnlySet<string>> CountAsync(IReadOnlyList<BookingConfirmed> bookings)
    {
        var batch = new BatchRow(ids.Next(), bookings);

        // What can't be placed is found out before anything is written.
        _ = SeatBlock.Book(bookings).Count();
        await table.WriteAsync(batch.Insert(), CancellationToken.None);
        var (own, counted) = await ClaimAsync(batch);
        await ApplyAsync(batch, own, known: 0, isLeft: false);
        await table.WriteAsync(batch.Delete(), CancellationToken.None);
        if (own.Count > 0)
            _doneMarks.GetOrAdd(batch.CountsKey, _ => new ConcurrentQueue<Ulid>()).Enqueue(batch.Id);
        return counted;
    }

    /// <summary>Finishes what somebody left.</summary>
    public async Task FinishAsync(BatchRow batch, CancellationToken cancellationToken)
    {
        var facts = await table.GetManyAsync([.. batch.Bookings.Select(booking => HoldingFact.OfNew(booking).Key)], Consistency.Strong, cancellationToken);
        var own = Enumerable.Range(0, batch.Bookings.Count).Where(i => HoldingFact.Of(batch.Bookings[i], facts[i]).IsCountedBy(batch.Id)).ToList();
        await ApplyAsync(batch, own, await ReadMarkAsync(batch), isLeft: true);
        if (time.GetUtcNow() - batch.Id.Time > RemovedAfter)
            await table.WriteAsync(batch.Delete(), cancellationToken);
    }

    /// <summary>Marks the facts of bookings that nobody has counted.</summary>
    /// <returns>The places of those that this batch counts, and the ids of these and of what was counted before.</returns>
    private async Task<(List<int> Own, HashSet<string> Counted)> ClaimAsync(BatchRow batch)
    {
        var outcomes = new ClaimOutcome[batch.Bookings.Count];
        await Parallel.ForAsync(
            0,
            batch.Bookings.Count,
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency },
            async (i, _) => outcomes[i] = await ClaimAsync(batch, batch.Bookings[i]));
        var places = Enumerable.Range(0, outcomes.Length).ToList();
        return (
            places.FindAll(i => outcomes[i] == ClaimOutcome.Own),
            places.Where(i => outcomes[i] != ClaimOutcome.Other).Select(i => batch.Bookings[i].BookingId).ToHashSet(StringComparer.Ordinal));
    }

    private async Task<ClaimOutcome> ClaimAsync(BatchRow batch, BookingConfirmed booking)
    {
        var fresh = HoldingFact.OfNew(booking);
        if ((await table.WriteAsync(fresh.Confirm(booking, batch.Id), CancellationToken.None)).Applied)
            return ClaimOutcome.Own;
        var fact = HoldingFact.Of(booking, await table.GetAsync(fresh.Key, Consistency.Strong, CancellationToken.None));
        if (fact.IsCountedBy(batch.Id))
            return ClaimOutcome.Own;
        return fact.IsConfirmed ? ClaimOutcome.Before : ClaimOutcome.Other;
    }

    /// <param name="own">The places of the bookings that the batch counts, as far as is known; more may follow.</param>
    /// <param name="known">Of them, those that the counter item has: their seats came before.</param>
    /// <param name="isLeft">Somebody else's, who may be at it again, and done in this moment.</param>
    private async Task ApplyAsync(BatchRow batch, List<int> own, long known, bool isLeft)
    {
        if (Missing(own, known).Count == 0)
            return;
        await Parallel.ForEachAsync(
            SeatBlock.Book(own.ConvertAll(i => batch.Bookings[i])),
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency },
            async (write, _) => await table.WriteAsync(write, CancellationToken.None));
        await AddAsync(batch, own, known, isLeft);
    }

    private async Task AddAsync(BatchRow batch, List<int> own, long known, bool isLeft)
    {
        for (var refusals = 0; Missing(own, known) is { Count: > 0 } missing;)
        {
            var (counts, added) = Collect(batch, missing);
            var after = added.Aggregate(known, (mask, i) => mask | Bit(i));
            if (await TryAddAsync(batch, counts, added, new BatchMark(batch.Id, known, after), isLeft))
            {
                known = after;
                continue;
            }

            if (++refusals == Attempts)
                throw new TableThrottledException($"{batch.CountsKey} kept changing.");
            var stored = await ReadMarkAsync(batch);
            if (stored == known && isLeft && await table.GetAsync(batch.Key, Consistency.Strong, CancellationToken.None) is null)
                return; // Its author has done it after all.
            known = stored;
        }
    }

    /// <summary>As many of the bookings as one write may add: they may fall into many minutes.</summary>
    private static (CountChanges Counts, List<int> Added) Collect(BatchRow batch, List<int> missing)
    {
        var counts = new CountChanges();
        var added = new List<int>();
        foreach (var i in missing)
        {
            if (counts.Count > MostAdditions)
                break;
            counts.Booking(batch.Bookings[i], isHoldCounted: false);
            added.Add(i);
        }

        return (counts, added);
    }

    private async Task<long> ReadMarkAsync(BatchRow batch) =>
        CountItem.MarkOf(await table.GetAsync(batch.CountsKey, Consistency.Strong, CancellationToken.None), batch.Id);

    private static List<int> Missing(List<int> own, long known) => own.FindAll(i => (known & Bit(i)) == 0);

    private static long Bit(int place) => 1L << place;

    private async Task<bool> TryAddAsync(BatchRow batch, CountChanges counts, List<int> added, BatchMark mark, bool isLeft)
    {
        var bookings = added.ConvertAll(i => batch.Bookings[i]);
        var done = isLeft ? [] : TakeDoneMarks(batch.CountsKey);
        var write = counts
            .BookedAt(bookings.Max(booking => booking.ConfirmedAt))
            .ToWrite(batch.CountsKey, batch.EventId, bookings.Min(booking => booking.ConfirmedAt), mark, done);
        try
        {
            // A mark is removed by its author once its row is gone, so who finishes for another counts only while the row is there.
            if (isLeft ? (await table.TransactAsync([Write.Check(batch.Key, Condition.ItemExists), write], CancellationToken.None)).Applied
                    : (await table.WriteAsync(write, CancellationToken.None)).Applied)
                return true;
        }
        catch
        {
            // Those that are gone already are no harm.
            PutBack(batch.CountsKey, done);
            throw;
        }

        PutBack(batch.CountsKey, done);
        return false;
    }

    private List<Ulid> TakeDoneMarks(ItemKey counts)
    {
        var taken = new List<Ulid>();
        if (_doneMarks.TryGetValue(counts, out var done))
        {
            while (taken.Count < MarksRemovedAtOnce && done.TryDequeue(out var mark))
                taken.Add(mark);
            if (done.IsEmpty)
                _doneMarks.TryRemove(KeyValuePair.Create(counts, done));
        }

        return taken;
    }

    private void PutBack(ItemKey counts, List<Ulid> marks)
    {
        if (marks.Count > 0)
            marks.ForEach(_doneMarks.GetOrAdd(counts, _ => new ConcurrentQueue<Ulid>()).Enqueue);
    }

    private enum ClaimOutcome
    {
        /// <summary>Neither; it is no simple case.</summary>
        Other,
        Own,

        /// <summary>Counted before, or by another batch.</summary>
        Before,
    }
}
