using System.Diagnostics.Metrics;
using Evently.Analytics.Counting;
using Evently.Booking.Contracts;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Evently.Testing.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Analytics.Tests;

/// <summary>Each booking counts once, wherever the process dies, whoever goes on, and whatever is delivered again.</summary>
public sealed class CountInPartsTests
{
    private const string EventId = "event-1";
    private static readonly DateTimeOffset At = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly IMeterFactory Meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
    private readonly FakeTimeProvider _time = new(At);
    private readonly HookedEngine _engine;
    private readonly IdGenerator _ids;
    private readonly List<BookingConfirmed> _bookings = [.. Enumerable.Range(1, 4).Select(Booking)];

    public CountInPartsTests()
    {
        _engine = new HookedEngine(new MemoryTableEngine(_time));
        _ids = new IdGenerator(_time);
    }

    private ModuleTable<AnalyticsModule> Table => new(_engine);

    [Fact]
    public async Task A_batch_is_a_row_a_fact_a_booking_a_write_a_block_of_seats_and_one_counter_item()
    {
        var writes = new List<string>();
        _engine.BeforeWrite = write =>
        {
            lock (writes)
                writes.Add(write.Key.Partition.Split('#')[1]);
            return Task.CompletedTask;
        };
        _engine.BeforeNextTransaction(() => throw new InvalidOperationException("No transaction."));

        var counted = await Counter().CountAsync(_bookings);

        Assert.Equal(_bookings.Select(booking => booking.BookingId), counted.Order());
        Assert.Equal(["BATCH", "BATCH", "COUNTS", "SEATS", "USER", "USER", "USER", "USER"], writes.Order());
        await AssertCountedAsync(4);
        Assert.Empty(await RowsAsync());
    }

    /// <param name="isApplied">Whether the write that the process dies in is applied.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Wherever_the_process_dies_each_booking_counts_once(bool isApplied)
    {
        for (var dies = 0; dies < 8; dies++)
        {
            var test = new CountInPartsTests();
            await test.DieAndGoOnAsync(dies, isApplied);
        }
    }

    [Fact]
    public async Task What_is_delivered_again_counts_once_whoever_counted_it()
    {
        await new CountAtOnce(Table).CountAsync(_bookings[..2]);
        Assert.Equal(4, (await Counter().CountAsync(_bookings)).Count);
        Assert.Equal(4, (await Counter().CountAsync(_bookings)).Count);
        await AssertCountedAsync(4);
        Assert.Empty(await new CountAtOnce(Table).CountAsync(_bookings));
    }

    [Fact]
    public async Task One_whose_hold_was_heard_to_have_ended_is_left_to_be_counted_by_itself()
    {
        var ended = new HoldEnded(_bookings[0].HoldingId, EventId, _bookings[0].UserId, _bookings[0].Seats, 300, "EUR", HoldOutcome.Expired, false, At, At);
        await Table.WriteAsync(HoldingFact.OfNew(_bookings[0]).End(ended), CancellationToken.None);

        var counted = await Counter().CountAsync(_bookings);

        Assert.DoesNotContain(_bookings[0].BookingId, counted);
        await AssertCountedAsync(3);
    }

    [Theory]
    [InlineData("ANALYTICS#USER")]
    [InlineData("ANALYTICS#SEATS")]
    [InlineData("ANALYTICS#COUNTS")]
    [InlineData("ANALYTICS#BATCH")]
    public async Task An_author_that_stands_still_while_others_finish_for_it_counts_nothing_twice_and_nothing_less(string standsStillBefore)
    {
        var stands = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        var passed = 0;
        _engine.BeforeWrite = async write =>
        {
            // Not at the first write of a kind, where there are several: some of them are done then.
            if (write.Key.Partition.StartsWith(standsStillBefore, StringComparison.Ordinal)
                && Interlocked.Increment(ref passed) == (standsStillBefore is "ANALYTICS#USER" or "ANALYTICS#BATCH" ? 2 : 1))
            {
                stands.SetResult();
                await goOn.Task;
            }
        };
        var counting = Counter().CountAsync(_bookings);
        await stands.Task;
        _engine.BeforeWrite = null;

        for (var minute = 0; minute < 12; minute += 3)
        {
            _time.Advance(TimeSpan.FromMinutes(3));
            await Finisher().RunOnceAsync(CancellationToken.None);
        }

        Assert.Empty(await RowsAsync());
        goOn.SetResult();
        Assert.Equal(4, (await counting).Count);
        await AssertCountedAsync(4);
    }

    [Fact]
    public async Task Who_finishes_adds_nothing_once_the_author_has_and_has_removed_its_mark()
    {
        var (stands, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        _engine.BeforeWrite = async write =>
        {
            if (!stands.Task.IsCompleted && write.Key.Partition.StartsWith("ANALYTICS#COUNTS", StringComparison.Ordinal))
            {
                stands.SetResult();
                await goOn.Task;
            }
        };
        var author = Counter();
        var counting = author.CountAsync(_bookings);
        await stands.Task;
        var left = Assert.Single(await RowsAsync());
        var batch = BatchRow.Read(left);
        var more = 0;
        _engine.BeforeNextTransaction(async () =>
        {
            goOn.SetResult();
            await counting;
            do
                await author.CountAsync([Booking(100 + more++)]);
            while (CountItem.MarkOf(await Table.GetAsync(batch.CountsKey, Consistency.Strong, CancellationToken.None), batch.Id) != 0);
        });
        _time.Advance(TimeSpan.FromMinutes(1));

        await Finisher().RunOnceAsync(CancellationToken.None);

        Assert.True(more > 0);
        var counts = EventCounts.Read(await Table.GetManyAsync(Keys.AllCounts(EventId), Consistency.Strong, CancellationToken.None));
        Assert.Equal(4 + more, counts.Bookings);
    }

    [Fact]
    public async Task Two_that_finish_at_once_count_once()
    {
        await DieAsync(dies: 6, isApplied: false);
        _time.Advance(TimeSpan.FromMinutes(1));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Finisher().RunOnceAsync(CancellationToken.None))));
        await AssertCountedAsync(4);
    }

    [Fact]
    public async Task A_batch_of_many_minutes_is_counted_in_several_writes()
    {
        var apart = Enumerable.Range(1, 20).Select(n => Booking(n % 4 == 0 ? n + 100 : n) with { HeldAt = At.AddMinutes(n), ConfirmedAt = At.AddMinutes(100 + n) }).ToList();
        Assert.Equal(20, (await Counter().CountAsync(apart)).Count);
        var counts = EventCounts.Read(await Table.GetManyAsync(Keys.AllCounts(EventId), Consistency.Strong, CancellationToken.None));
        Assert.Equal((20L, 40L, 20 * 300L), (counts.Bookings, counts.SeatsSold, counts.Revenue));
    }

    [Fact]
    public async Task The_marks_of_a_batch_go_with_the_next_one_of_the_same_counter_item()
    {
        var counter = Counter();
        for (var n = 10; n < 400; n++)
            await counter.CountAsync([Booking(n)]);
        var items = await Table.GetManyAsync(Keys.AllCounts(EventId), Consistency.Strong, CancellationToken.None);
        Assert.All(items, item => Assert.Single(item!.Attributes.Keys, name => name.StartsWith("seen:", StringComparison.Ordinal)));
        Assert.Equal(390, EventCounts.Read(items).Bookings);
    }

    private async Task DieAndGoOnAsync(int dies, bool isApplied)
    {
        await DieAsync(dies, isApplied);

        // Another process gets the messages again, in a batch of its own; what was left is finished.
        Assert.Equal(4, (await Counter().CountAsync(_bookings)).Count);
        for (var minute = 0; minute < 12; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await Finisher().RunOnceAsync(CancellationToken.None);
        }

        await AssertCountedAsync(4);
        Assert.Empty(await RowsAsync());
    }

    /// <summary>The process dies in its nth write, from 0, and in all that follow.</summary>
    private async Task DieAsync(int dies, bool isApplied)
    {
        var writes = 0;
        _engine.BeforeWrite = _ => Interlocked.Increment(ref writes) is var n && (n > dies + 1 || (n == dies + 1 && !isApplied)) ? throw new DiedException() : Task.CompletedTask;
        _engine.AfterWrite = _ => isApplied && Volatile.Read(ref writes) > dies ? throw new DiedException() : Task.CompletedTask;
        await Assert.ThrowsAsync<DiedException>(() => Counter().CountAsync(_bookings));
        (_engine.BeforeWrite, _engine.AfterWrite) = (null, null);
    }

    private CountInParts Counter() => new(Table, _ids, _time);

    private FinishBatches Finisher() =>
        new(Table, Counter(), _time, new UnreadableItems(Meters, NullLogger<UnreadableItems>.Instance), Meters, NullLogger<FinishBatches>.Instance);

    private async Task AssertCountedAsync(int bookings)
    {
        var counts = EventCounts.Read(await Table.GetManyAsync(Keys.AllCounts(EventId), Consistency.Strong, CancellationToken.None));
        Assert.Equal((bookings, bookings * 2L, bookings * 300L), ((int)counts.Bookings, counts.SeatsSold, counts.Revenue));
        var blocks = new Dictionary<ItemKey, Item>();
        for (var shard = 0; shard < Keys.SeatShards; shard++)
        {
            await foreach (var item in Table.ScanPartitionAsync(Keys.Seats(EventId, shard), SortRange.All, Consistency.Strong, CancellationToken.None))
                blocks[item.Key] = item;
        }

        Assert.Equal(bookings * 2, Enumerable.Range(1, 20).Sum(number => SeatBlock.Read(blocks, EventId, "A", number).Booked));
        Assert.All(Enumerable.Range(1, 20), number => Assert.InRange(SeatBlock.Read(blocks, EventId, "A", number).Booked, 0, 1));
    }

    private async Task<List<Item>> RowsAsync()
    {
        var rows = new List<Item>();
        for (var shard = 0; shard < Keys.BatchShards; shard++)
        {
            await foreach (var row in Table.ScanPartitionAsync(Keys.Batches(shard), SortRange.All, Consistency.Strong, CancellationToken.None))
                rows.Add(row);
        }

        return rows;
    }

    private static BookingConfirmed Booking(int number) => new(
        $"booking-{number:D4}",
        $"holding-{number:D4}",
        EventId,
        $"user-{number}",
        [new BookedSeat($"A-{(number * 2) - 1}", "regular", 100), new BookedSeat($"A-{number * 2}", "regular", 200)],
        300,
        "EUR",
        At,
        At.AddSeconds(number));

    private sealed class DiedException : Exception;
}
