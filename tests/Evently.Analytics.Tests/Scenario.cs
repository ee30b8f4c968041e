using System.Globalization;
using Evently.Booking.Contracts;
using Evently.Events.Contracts;
using Evently.Shared.Ids;
using Evently.Users.Contracts;
using Evently.Venues.Contracts;

namespace Evently.Analytics.Tests;

/// <summary>
/// A random but legal history of one event: holds that end, are paid, are cancelled and refunded, or go on; and the messages that tell of it.
/// The lists of what happened are the truth that the module's figures are compared with.
/// </summary>
internal sealed class Scenario
{
    private static readonly string[] Users = ["user-A", "user-B", "user-C"];
    private readonly Random _random;
    private readonly IdGenerator _ids;
    private readonly DateTimeOffset _start;
    private readonly HashSet<BookedSeat> _taken = [];

    public Scenario(int seed, DateTimeOffset start, TimeProvider time)
    {
        _random = new Random(seed);
        _ids = new IdGenerator(time);
        _start = start;
        EventId = _ids.Next("event");
        Plan =
        [
            .. Enumerable.Range(1, 45).Select(number => new BookedSeat(string.Create(CultureInfo.InvariantCulture, $"A-{number}"), "standard", 2_050)),
            .. Enumerable.Range(1, 10).Select(number => new BookedSeat(string.Create(CultureInfo.InvariantCulture, $"BOX-1/B-{number}"), "vip", 9_999)),
        ];
        Created = new EventCreated(
            EventId, "user-ORGANIZER", "venue-V", "Hall", "Berlin", "Europe/Berlin", 1, Plan.Count, "First name", start.AddDays(30), 90, ["Ana"], ["rock", "live"], "EUR",
            new Dictionary<string, long> { ["standard"] = 2_050, ["vip"] = 9_999 }, null, 300, 8, start);
        Changed = new EventChanged(EventId, 3, "Last name", start.AddDays(31), 95, ["Ana", "Bob"], ["rock"], null);
        Messages.AddRange(
        [
            Created,
            Changed with { Revision = 2, Name = "Middle name" },
            Changed,
            new SeatPlanPart(EventId, "venue-V", 1, 1, 2, [new SeatRun("BOX-1", "B", 1, 10, "vip")]),
            new SeatPlanPart(EventId, "venue-V", 1, 0, 2, [new SeatRun("", "A", 1, 45, "standard")]),
            .. Users.Select(user => new UserRegistered(user, start)),
        ]);
    }

    public string EventId { get; }

    public EventCreated Created { get; }

    public EventChanged Changed { get; }

    /// <summary>Every seat in plan order.</summary>
    public IReadOnlyList<BookedSeat> Plan { get; }

    public List<object> Messages { get; } = [];

    public List<BookingConfirmed> Bookings { get; } = [];

    public List<BookingCancelled> Cancellations { get; } = [];

    public List<RefundCompleted> Refunds { get; } = [];

    public List<HoldEnded> EndedHolds { get; } = [];

    public List<(DateTimeOffset HeldAt, IReadOnlyList<BookedSeat> Seats)> ActiveHolds { get; } = [];

    public List<DateTimeOffset> Refusals { get; } = [];

    /// <summary>All that happens to some holds, and the last tally after it.</summary>
    public void Play(int holds, DateTimeOffset now)
    {
        for (var i = 0; i < holds; i++)
            PlayHold(_start.AddSeconds(_random.Next(5_400)));
        TallyRefusals(now);
    }

    public IReadOnlyList<object> ShuffledWithDuplicates()
    {
        var all = Messages.Concat(Messages.Where(_ => _random.Next(3) == 0)).ToArray();
        _random.Shuffle(all);
        return all;
    }

    private void PlayHold(DateTimeOffset heldAt)
    {
        var free = Plan.Where(seat => !_taken.Contains(seat)).ToArray();
        if (free.Length < 4 || _random.Next(6) == 0)
        {
            Refusals.Add(heldAt);
            return;
        }

        _random.Shuffle(free);
        BookedSeat[] seats = free[..(1 + _random.Next(4))];
        var total = seats.Sum(seat => seat.Price);
        var id = _ids.Next();
        var user = Users[_random.Next(Users.Length)];
        var endedAt = heldAt.AddSeconds(1 + _random.Next(300));
        switch (_random.Next(5))
        {
            case 0:
                _taken.UnionWith(seats);
                ActiveHolds.Add((heldAt, seats));
                break;
            case 1:
                var outcome = _random.Next(3) == 0 ? HoldOutcome.Cancelled : HoldOutcome.Expired;
                var ended = new HoldEnded($"holding-{id}", EventId, user, seats, total, "EUR", outcome, false, heldAt, endedAt);
                EndedHolds.Add(ended);
                Messages.Add(ended);
                if (_random.Next(3) == 0)
                    Messages.Add(new RefundCompleted($"booking-{id}", EventId, user, total, "EUR", WasConfirmed: false, endedAt.AddSeconds(9)));
                break;
            default:
                var booking = new BookingConfirmed($"booking-{id}", $"holding-{id}", EventId, user, seats, total, "EUR", heldAt, endedAt);
                Bookings.Add(booking);
                Messages.Add(booking);
                if (_random.Next(3) == 0)
                    PlayCancellation(booking, endedAt.AddSeconds(1 + _random.Next(4_000)));
                else
                    _taken.UnionWith(seats);
                break;
        }
    }

    private void PlayCancellation(BookingConfirmed booking, DateTimeOffset at)
    {
        var cancelled = new BookingCancelled(booking.BookingId, EventId, booking.UserId, booking.Seats, booking.Total, "EUR", booking.ConfirmedAt, at);
        Cancellations.Add(cancelled);
        Messages.Add(cancelled);
        if (_random.Next(2) == 0)
            return;
        var refund = new RefundCompleted(booking.BookingId, EventId, booking.UserId, booking.Total, "EUR", WasConfirmed: true, at.AddSeconds(3));
        Refunds.Add(refund);
        Messages.Add(refund);
    }

    private void TallyRefusals(DateTimeOffset now)
    {
        // Two instances refuse; older tallies say that something else is held.
        var sequence = 0;
        foreach (var part in Refusals.Chunk(3))
        {
            sequence++;
            Messages.Add(new SalesTallied(
                EventId, $"instance-{sequence % 2}", sequence, now.AddSeconds(-sequence), 1, 0, [1, 0, 0, 0, 0, 0, 0], [new MinuteCount(MinuteOf(_start), 99)], Minutes(part)));
        }

        var bits = new byte[(Plan.Count + 7) / 8];
        for (var i = 0; i < Plan.Count; i++)
        {
            if (ActiveHolds.Any(hold => hold.Seats.Contains(Plan[i])))
                bits[i / 8] |= (byte)(1 << (i % 8));
        }

        Messages.Add(new SalesTallied(
            EventId, "instance-0", 1_000, now, ActiveHolds.Sum(hold => hold.Seats.Count), 0, bits, Minutes(ActiveHolds.Select(hold => hold.HeldAt)), []));
    }

    private static List<MinuteCount> Minutes(IEnumerable<DateTimeOffset> times) =>
        [.. times.CountBy(MinuteOf).Select(minute => new MinuteCount(minute.Key, minute.Value))];

    private static DateTimeOffset MinuteOf(DateTimeOffset at) => new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMinute), TimeSpan.Zero);
}
