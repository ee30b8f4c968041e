using Evently.Booking.Catalog;
using Evently.Booking.Sagas;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;

namespace Evently.Booking.Holds;

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

    /// <summary>As long as the booking itself can be looked up.</summary>
    private static readonly TimeSpan Keep = TimeSpan.FromDays(400);

    public async ValueTask<UserHoldings> ReadAsync(string userId, OnSaleEvent on, CancellationToken cancellationToken) =>
        UserHoldings.Read(await table.GetAsync(Keys.UserHoldings(userId, on.Id), Consistency.Strong, cancellationToken));

    /// <summary>The holdings, or null when that many more seats would be too many.</summary>
    /// <param name="holdings">As read; those that ended early are found out only when the cap would be broken.</param>
    public async ValueTask<UserHoldings?> MakeRoomAsync(UserHoldings holdings, int seats, CancellationToken cancellationToken)
    {
        if (seats > UserHoldings.MaxHeldSeats)
            return null;
        var now = time.GetUtcNow();
        if (holdings.HasRoomFor(seats, now))
            return holdings;
        var active = holdings.References.Where(reference => reference.IsActiveAt(now)).Select(reference => reference.Holding).ToArray();
        var instances = await sagas.LoadManyAsync(Array.ConvertAll(active, holding => holding.ToGuid()), Consistency.Strong, cancellationToken);
        var ended = new HashSet<Ulid>();
        for (var i = 0; i < active.Length; i++)
        {
            var holdsSeats = instances[i] is { } saga ? saga.HoldingState is "held" or "confirming" : now - active[i].Time < SagaIsDue;
            if (!holdsSeats)
                ended.Add(active[i]);
        }

        var current = holdings.WithEnded(ended);
        return current.HasRoomFor(seats, now) ? current : null;
    }

    /// <summary>Enters a holding whose seats are taken. False when it breaks the cap after all.</summary>
    /// <param name="holdings">With room, from <see cref="MakeRoomAsync"/>.</param>
    public async ValueTask<bool> TryEnterAsync(
        string userId, OnSaleEvent on, UserHoldings holdings, HoldingReference reference, CancellationToken cancellationToken)
    {
        var key = Keys.UserHoldings(userId, on.Id);
        for (var attempt = 0; attempt < SaveAttempts; attempt++)
        {
            try
            {
                var write = holdings.Append(reference).Save(key, time.GetUtcNow() + Keep);
                if ((await table.WriteAsync(write, cancellationToken)).Applied)
                    return true;
            }
            catch (WriteOutcomeUnknownException)
            {
                // The item, read again, tells.
            }

            var stored = await ReadAsync(userId, on, cancellationToken);
            if (stored.Has(reference.Holding))
                return true;
            if (await MakeRoomAsync(stored, reference.Seats, cancellationToken) is not { } current)
                return false;
            holdings = current;
        }

        throw new TableUnavailableException($"The holdings of {userId} kept changing.");
    }
}
