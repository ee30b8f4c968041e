using System.Collections.Concurrent;
using Evently.Booking.Catalog;
using Evently.Booking.Sagas;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;

namespace Evently.Booking.Holds;

/// <summary>What the limits on one person's seats say to more of them.</summary>
internal abstract record CapDecision
{
    public sealed record Room(UserHoldings Holdings) : CapDecision;

    /// <summary>Too many held at a time.</summary>
    /// <param name="RetryAfter">When the next of the holds ends.</param>
    public sealed record HoldLimit(int Max, TimeSpan? RetryAfter) : CapDecision;

    /// <summary>Too many of this event in all.</summary>
    public sealed record UserLimit(int Max) : CapDecision;
}

/// <summary>
/// The cap on the seats that a user holds of an event. Looked at before the ledger is asked, which saves it most refusals, and binding when the
/// holding is entered afterwards: of two holds that race past the cap, the later one loses.
/// </summary>
internal sealed class HoldCap(ModuleTable<BookingModule> table, SagaTable<BookingModule, BookingSaga> sagas, TimeProvider time)
{
    /// <summary>A user's holds of one event rarely meet.</summary>
    private const int SaveAttempts = 10;

    /// <summary>A holding that has no saga by then never got one.</summary>
    private static readonly TimeSpan SagaIsDue = TimeSpan.FromSeconds(10);

    /// <summary>It is support's way to a person's bookings, and these have no end; ten years without another hold of the event come near it.</summary>
    private static readonly TimeSpan Keep = TimeSpan.FromDays(3_650);

    /// <summary>Lists remembered where reads are paid, some 10 MB.</summary>
    private const int MostRemembered = 50_000;

    private readonly ConcurrentDictionary<ItemKey, UserHoldings> _remembered = new();

    /// <summary>
    /// The list as this process last saw it, where reads are paid; empty for a user that it has not seen, as nearly all are who come to a sale. Entering a
    /// holding finds out when it is not.
    /// </summary>
    public ValueTask<UserHoldings> RecallAsync(string userId, OnSaleEvent on, CancellationToken cancellationToken) => table.IsMetered
        ? ValueTask.FromResult(_remembered.GetValueOrDefault(Keys.UserHoldings(userId, on.Id), UserHoldings.Read(null)))
        : ReadAsync(userId, on, cancellationToken);

    public async ValueTask<UserHoldings> ReadAsync(string userId, OnSaleEvent on, CancellationToken cancellationToken)
    {
        var key = Keys.UserHoldings(userId, on.Id);
        var holdings = UserHoldings.Read(await table.GetAsync(key, Consistency.Strong, cancellationToken));
        Remember(key, holdings);
        return holdings;
    }

    /// <summary>Whether the user may have that many more seats of the event.</summary>
    /// <param name="holdings">As read; what became of them is looked up only when the cap would be broken, or where the event limits a person.</param>
    public async ValueTask<CapDecision> DecideAsync(UserHoldings holdings, OnSaleEvent on, int seats, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var cap = Math.Max(UserHoldings.MaxHeldSeats, on.MaxSeatsPerBooking);
        if (on.MaxSeatsPerUser is null && holdings.HasRoomFor(seats, cap, now))
            return new CapDecision.Room(holdings);
        var current = await LookAsync(holdings, now, cancellationToken);
        if (on.MaxSeatsPerUser is { } limit && current.SeatsInAll + seats > limit)
            return new CapDecision.UserLimit(limit);
        return current.HasRoomFor(seats, cap, now) ? new CapDecision.Room(current) : new CapDecision.HoldLimit(cap, current.NextExpiry(now) - now);
    }

    /// <summary>The holdings as their sagas have them now.</summary>
    private async ValueTask<UserHoldings> LookAsync(UserHoldings holdings, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var open = holdings.References.Where(reference => reference.Seats > 0).ToArray();
        var instances = await sagas.LoadManyAsync(Array.ConvertAll(open, reference => reference.Holding.ToGuid()), Consistency.Strong, cancellationToken);
        var known = new Dictionary<Ulid, HoldingReference>(open.Length);
        for (var i = 0; i < open.Length; i++)
            known[open[i].Holding] = Now(open[i], instances[i], now);
        return holdings.With(known);
    }

    private static HoldingReference Now(HoldingReference reference, BookingSaga? saga, DateTimeOffset now) => saga?.State switch
    {
        null => now - reference.Holding.Time < SagaIsDue ? reference : reference with { Seats = 0 },
        nameof(BookingStateMachine.Held) or nameof(BookingStateMachine.Charging) => reference,
        nameof(BookingStateMachine.Confirmed) => reference with { IsBooked = true },
        _ => reference with { Seats = 0 },
    };

    /// <summary>What enters a holding into the list as it was read; refused when the list has changed since.</summary>
    public Write Enter(string userId, OnSaleEvent on, UserHoldings holdings, HoldingReference reference) =>
        holdings.Append(reference).Save(Keys.UserHoldings(userId, on.Id), time.GetUtcNow() + Keep);

    /// <summary>Enters a holding whose seats are taken; anything but room when it breaks a limit after all.</summary>
    /// <param name="holdings">With room, from <see cref="DecideAsync"/>.</param>
    public async ValueTask<CapDecision> EnterAsync(
        string userId, OnSaleEvent on, UserHoldings holdings, HoldingReference reference, CancellationToken cancellationToken)
    {
        if (holdings.Has(reference.Holding))
            return new CapDecision.Room(holdings);
        for (var attempt = 0; attempt < SaveAttempts; attempt++)
        {
            try
            {
                var enter = Enter(userId, on, holdings, reference);
                if ((await table.WriteAsync(enter, cancellationToken)).Applied)
                {
                    Remember(enter.Key, holdings.Append(reference).Saved());
                    return new CapDecision.Room(holdings);
                }
            }
            catch (WriteOutcomeUnknownException)
            {
                // The item, read again, tells.
            }

            var stored = await ReadAsync(userId, on, cancellationToken);
            if (stored.Has(reference.Holding))
                return new CapDecision.Room(stored);
            var decision = await DecideAsync(stored, on, reference.Seats, cancellationToken);
            if (decision is not CapDecision.Room room)
                return decision;
            holdings = room.Holdings;
        }

        throw new TableUnavailableException($"The holdings of {userId} kept changing.");
    }

    private void Remember(ItemKey key, UserHoldings holdings)
    {
        if (!table.IsMetered)
            return;
        if (_remembered.Count >= MostRemembered)
            _remembered.Clear();
        _remembered[key] = holdings;
    }
}
