using Evently.Shared.Storage;
using Evently.Shared.Storage.Embedded;
using Evently.Shared.Tests.Storage.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Storage.Differential;

public sealed class MemoryAgainstEmbeddedTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(20_26)]
    public async Task Random_calls_get_the_same_answers_in_memory_and_in_the_data_file(int seed)
    {
        using var directory = new TemporaryDirectory();
        await using var database = EmbeddedDatabase.Open(directory.Path, TimeProvider.System, NullLogger<EmbeddedDatabase>.Instance);
        var calls = EngineComparison.CallsOr(2_500);
        var answers = await EngineComparison.RunAsync(
            new MemoryTableEngine(TimeProvider.System),
            new EmbeddedTableEngine(database, TimeProvider.System),
            calls,
            new RandomCalls(new Random(seed), "D#", TableLimits.TransactionWrites, takesEmptyValues: true));
        Assert.InRange(answers, calls / 10, calls);
    }
}
