using Evently.Shared.Storage;
using Evently.Shared.Storage.Embedded;
using Evently.Shared.Tests.Storage.Contract;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Storage.Embedded;

public sealed class EmbeddedTableTests : TableContract, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly EmbeddedDatabase _database;

    public EmbeddedTableTests()
    {
        _database = EmbeddedDatabase.Open(_directory.Path, TimeProvider.System, NullLogger<EmbeddedDatabase>.Instance);
        Engine = new EmbeddedTableEngine(_database, TimeProvider.System);
    }

    protected override ITableEngine Engine { get; }

    public void Dispose()
    {
        _database.Dispose();
        _directory.Dispose();
    }
}
