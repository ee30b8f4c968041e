namespace Evently.Booking.Catalog;

/// <summary>A seat of a plan and where the ledger keeps it.</summary>
/// <param name="Ordinal">Its place in plan order, from 0.</param>
/// <param name="Block">Which ledger item holds it: an index into <see cref="SeatPlan.Blocks"/>.</param>
/// <param name="Slot">Which attribute of that item.</param>
internal sealed record PlanSeat(int Ordinal, string Position, string Section, string Row, int Number, string SeatType, int Block, int Slot);

/// <summary>One ledger item: a row, or a stretch of a long row.</summary>
internal sealed record PlanBlock(int Index, string Partition, string Sort, int FirstOrdinal, int SeatCount);
internal sealed class SeatPlan
{
    public IReadOnlyList<PlanSeat> Seats { get; init; } = [];

    public IReadOnlyList<PlanBlock> Blocks { get; init; } = [];

    public bool TryGetSeat(string position, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PlanSeat? seat) => throw new NotImplementedException();
}
