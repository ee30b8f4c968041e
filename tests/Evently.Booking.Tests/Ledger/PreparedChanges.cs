using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Booking.Tests.Ledger;

/// <summary>Commits a prepared change alone, as a saga commits it with its instance: prepared again when the commit was refused or its outcome is unknown.</summary>
internal static class PreparedChanges
{
    private const int Attempts = 20;

    public static Task<bool> ExtendAsync(this BookingWorld world, OnSaleEvent on, IReadOnlyList<string> positions, Ulid holding, DateTimeOffset until) =>
        world.CommitAsync(() => world.Ledger.PrepareExtendAsync(on, positions, holding, until, BookingWorld.Stop));

    public static Task<bool> RetakeAsync(this BookingWorld world, OnSaleEvent on, IReadOnlyList<string> positions, Ulid holding) =>
        world.CommitAsync(() => world.Ledger.PrepareRetakeAsync(on, positions, holding, BookingWorld.Stop));

    public static async Task<bool> CommitAsync(this BookingWorld world, Func<ValueTask<PreparedChange?>> prepare)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await prepare() is not { } change)
                return false;
            if (change.Writes.Count == 0)
                return true;
            try
            {
                if (!(await world.Get<ModuleTable<BookingModule>>().TransactAsync(change.Writes, BookingWorld.Stop)).Applied)
                    continue;
                change.Applied();
                return true;
            }
            catch (WriteOutcomeUnknownException)
            {
                // Prepared anew from what is there.
            }
        }

        throw new InvalidOperationException("The change kept being refused.");
    }
}
