using Evently.Shared.Storage;
using Evently.Shared.Tests.Storage.Contract;

namespace Evently.Shared.Tests.Storage.Memory;

public sealed class MemoryTableTests : TableContract
{
    protected override ITableEngine Engine { get; } = new MemoryTableEngine(TimeProvider.System);
}
