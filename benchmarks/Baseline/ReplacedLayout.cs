using System.Globalization;
using Evently.Shared.Storage;

namespace Evently.Baseline;

/// <summary>
/// How the replaced system keeps seats, for comparison: one item a seat, every hold reads the whole event and takes its seats in a transaction, every
/// confirm scans the table for the seats of its holding and books them in a transaction. Nothing else that it did is here: no accounts, no payment, no
/// history, no analytics, no messages.
/// </summary>
/// <remarks>
/// The table abstraction has no scan. Here an event is one partition, holdings and bookings included, so that reading every partition is the scan.
/// </remarks>
internal sealed class ReplacedLayout(ITableEngine table)
{
    private const string SeatPrefix = "SEAT#";
    private const string Available = "available";
    private const string Held = "held";
    private const string Booked = "booked";
    private readonly List<string> _events = [];

    public async Task CreateEventAsync(string eventId, int seats)
    {
        var partition = PartitionOf(eventId);
        _events.Add(partition);
        var puts = Enumerable.Range(0, seats).Select(seat => Write.Put(KeyOf(partition, seat), SeatOf(eventId, seat), Condition.Always));
        await table.WriteManyAsync([.. puts], CancellationToken.None);
    }

    /// <returns>False when a seat is gone.</returns>
    public async Task<bool> HoldAsync(string eventId, string holdingId, string userId, IReadOnlyList<int> seats, DateTimeOffset now)
    {
        var partition = PartitionOf(eventId);
        var items = await ReadAsync(partition, SortRange.BeginsWith(SeatPrefix));
        var wanted = seats.Select(seat => items.First(item => item.Key == KeyOf(partition, seat))).ToList();
        if (wanted.Any(item => item["seat_state"].String != Available))
            return false;
        var expires = now.AddMinutes(5).ToUnixTimeSeconds();
        Change[] changes =
        [
            Change.Set("seat_state", Held),
            Change.Set("holding_id", holdingId),
            Change.Set("user_id", userId),
            Change.Set("hold_expires", expires),
        ];
        var holding = new Dictionary<string, Value>
        {
            ["holding_id"] = holdingId,
            ["event_id"] = eventId,
            ["user_id"] = userId,
            ["seats"] = string.Join(',', seats),
            ["hold_expires"] = expires,
        };
        var writes = wanted.Select(item => Write.Update(item.Key, changes, Condition.Equal("seat_state", Available)));
        var put = Write.Put(new ItemKey(partition, "HOLDING#" + holdingId), holding, Condition.ItemAbsent);
        return (await table.TransactAsync([.. writes, put], CancellationToken.None)).Applied;
    }

    /// <returns>False when the hold is gone.</returns>
    public async Task<bool> ConfirmAsync(string holdingId, string bookingId, DateTimeOffset now)
    {
        var scanned = new List<Item>();
        foreach (var partition in _events)
            scanned.AddRange(await ReadAsync(partition, SortRange.All));
        var seats = scanned.FindAll(item => item.Key.Sort.StartsWith(SeatPrefix, StringComparison.Ordinal) && item["holding_id"] == holdingId);
        if (seats.Count == 0)
            return false;
        Change[] changes = [Change.Set("seat_state", Booked), Change.Set("booking_id", bookingId), Change.Remove("hold_expires")];
        var booking = new Dictionary<string, Value>
        {
            ["booking_id"] = bookingId,
            ["event_id"] = seats[0]["event_id"],
            ["user_id"] = seats[0]["user_id"],
            ["seats"] = string.Join(',', seats.Select(seat => seat["seat_pos"].String)),
            ["total_price"] = seats.Sum(seat => seat["price"].Number),
            ["status"] = "confirmed",
            ["booking_date"] = now.ToUnixTimeSeconds(),
        };
        var writes = seats.Select(seat => Write.Update(seat.Key, changes, Condition.Equal("holding_id", holdingId)));
        var put = Write.Put(new ItemKey(seats[0].Key.Partition, "BOOKING#" + bookingId), booking, Condition.ItemAbsent);
        return (await table.TransactAsync([.. writes, put], CancellationToken.None)).Applied;
    }

    private async Task<List<Item>> ReadAsync(string partition, SortRange range)
    {
        var items = new List<Item>();
        string? after = null;
        do
        {
            var page = await table.QueryAsync(new Query(partition, range, Consistency.Eventual, TableLimits.PageItems, After: after), CancellationToken.None);
            items.AddRange(page.Items);
            after = page.Next;
        }
        while (after is not null);
        return items;
    }

    private static string PartitionOf(string eventId) => "EVENT#" + eventId;

    private static ItemKey KeyOf(string partition, int seat) => new(partition, string.Create(CultureInfo.InvariantCulture, $"{SeatPrefix}{seat:D6}"));

    private static Dictionary<string, Value> SeatOf(string eventId, int seat) => new()
    {
        ["event_id"] = eventId,
        ["seat_pos"] = string.Create(CultureInfo.InvariantCulture, $"A-{seat}"),
        ["row"] = "A",
        ["seat_num"] = seat,
        ["seat_type"] = "standard",
        ["price"] = 4_550,
        ["seat_state"] = Available,
    };
}
