using Evently.Shared.Storage;
using Evently.Shared.Tests.Storage.Contract;

namespace Evently.Shared.Tests.Storage.Faults;

/// <summary>Without a fault, the decorator is not noticed.</summary>
public sealed class FaultlessTableTests : TableContract
{
    protected override ITableEngine Engine { get; } = new FaultyTableEngine(new MemoryTableEngine(TimeProvider.System), _ => TableFault.None);
}
