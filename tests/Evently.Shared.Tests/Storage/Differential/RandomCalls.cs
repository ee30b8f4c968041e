using Evently.Shared.Storage;

namespace Evently.Shared.Tests.Storage.Differential;

/// <summary>Random table calls over so few keys, names and values that they meet each other all the time.</summary>
internal sealed class RandomCalls(Random random, string prefix, int transactionWrites, bool takesEmptyValues)
{
    private static readonly string[] Sorts = ["a", "a#", "a#1", "b", "\uE000", "🎫", "z"];
    private static readonly string[] Names = ["a", "b", "c", "n", "m"];
    private static readonly string[] Texts = ["", "x", "xy", "\uFFFD", "🎫", "y\u0000"];
    private static readonly long[] Numbers = [0, 1, -1, 2, 10, -30, long.MaxValue, long.MinValue];
    private static readonly byte[][] Blobs = [[], [0], [1], [1, 0], [0x80], [0xFF, 1]];

    /// <summary>A call, rendered the same way whatever engine it is made on.</summary>
    public Func<ITableEngine, Task<string>> Next() => random.Next(20) switch
    {
        < 8 => Write(),
        < 12 => Transact(),
        < 13 => WriteMany(),
        < 15 => Get(),
        < 16 => GetMany(),
        < 18 => Query(),
        _ => QueryIndex(),
    };

    private Func<ITableEngine, Task<string>> Write()
    {
        var write = AnyWrite(Key());
        return async engine => Render.Result(await engine.WriteAsync(write, CancellationToken.None));
    }

    private Func<ITableEngine, Task<string>> Transact()
    {
        var writes = Keys(random.Next(1, Math.Min(transactionWrites, 6) + 1)).Select(key => random.Next(5) == 0 ? Evently.Shared.Storage.Write.Check(key, AnyCondition(2)) : AnyWrite(key)).ToList();
        return async engine => Render.Result(await engine.TransactAsync(writes, CancellationToken.None));
    }

    private Func<ITableEngine, Task<string>> WriteMany()
    {
        var writes = Keys(random.Next(1, 8)).Select(key =>
            random.Next(3) == 0 ? Evently.Shared.Storage.Write.Delete(key, Condition.Always) : Evently.Shared.Storage.Write.Put(key, AnyAttributes(), Condition.Always)).ToList();
        return async engine =>
        {
            await engine.WriteManyAsync(writes, CancellationToken.None);
            return "done";
        };
    }

    private Func<ITableEngine, Task<string>> Get()
    {
        var key = Key();
        return async engine => Render.Item(await engine.GetAsync(key, Consistency.Strong, CancellationToken.None));
    }

    private Func<ITableEngine, Task<string>> GetMany()
    {
        var keys = Keys(random.Next(1, 10));
        return async engine => string.Join('\n', (await engine.GetManyAsync(keys, Consistency.Strong, CancellationToken.None)).Select(Render.Item));
    }

    private Func<ITableEngine, Task<string>> Query()
    {
        var query = new Query(Partition(), Range(Sorts), Consistency.Strong, random.Next(1, 6), random.Next(2) == 0);
        return async engine => string.Join('\n', (await Drain.AllAsync(engine, query)).Select(Render.Item));
    }

    private Func<ITableEngine, Task<string>> QueryIndex()
    {
        var query = new IndexQuery(IndexPartition(), Range(["1", "2", "3", "10"]), random.Next(1, 6), random.Next(2) == 0);
        return async engine => Render.Entries(await Drain.AllAsync(engine, query));
    }

    private Write AnyWrite(ItemKey key) => random.Next(4) switch
    {
        0 => Evently.Shared.Storage.Write.Put(key, AnyAttributes(), AnyCondition(2)),
        1 => Evently.Shared.Storage.Write.Delete(key, AnyCondition(2)),
        _ => Evently.Shared.Storage.Write.Update(key, AnyChanges(), AnyCondition(2)),
    };

    private Dictionary<string, Value> AnyAttributes()
    {
        var attributes = new Dictionary<string, Value>();
        foreach (var name in Names.Where(_ => random.Next(2) == 0))
            attributes[name] = AnyValue(name);
        if (random.Next(2) == 0)
            attributes[WellKnown.IndexPartition] = IndexPartition();
        if (random.Next(2) == 0)
            attributes[WellKnown.IndexSort] = $"{random.Next(1, 4)}";
        if (random.Next(4) == 0)
            attributes[WellKnown.TimeToLive] = random.Next(5_000_000);
        return attributes;
    }

    private List<Change> AnyChanges()
    {
        var changes = Names.Where(_ => random.Next(3) == 0).Select(name => random.Next(4) switch
        {
            0 => Change.Set(name, AnyValue(name)),
            1 => Change.SetIfAbsent(name, AnyValue(name)),
            2 => Change.Add(name, Numbers[random.Next(Numbers.Length)]),
            _ => Change.Remove(name),
        }).ToList();
        switch (random.Next(5))
        {
            case 0:
                changes.Add(Change.Set(WellKnown.IndexPartition, IndexPartition()));
                changes.Add(Change.Set(WellKnown.IndexSort, $"{random.Next(1, 4)}"));
                break;
            case 1:
                changes.Add(Change.Remove(WellKnown.IndexPartition));
                break;
            case 2:
                changes.Add(Change.SetIfAbsent(WellKnown.IndexSort, "10"));
                break;
        }

        return changes;
    }

    private Condition AnyCondition(int depth) => random.Next(depth > 0 ? 10 : 7) switch
    {
        0 => depth == 2 ? Condition.Always : Condition.ItemExists,
        1 => Condition.ItemExists,
        2 => Condition.ItemAbsent,
        3 => Condition.Exists(AnyName()),
        4 => Condition.Absent(AnyName()),
        < 7 => AnyName() is var name ? Condition.Compare(name, (Comparison)random.Next(6), AnyValue(name)) : null!,
        7 => Condition.Not(AnyCondition(0)),
        8 => Condition.All([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => AnyCondition(0))]),
        _ => Condition.Any([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => AnyCondition(1))]),
    };

    /// <summary>Most names keep to one kind, so that comparisons and sums are not all mismatches.</summary>
    private Value AnyValue(string name) => (random.Next(10) == 0 ? AnyName() : name) switch
    {
        "a" or "b" => Texts[random.Next(takesEmptyValues ? 0 : 1, Texts.Length)],
        "c" => Blobs[random.Next(takesEmptyValues ? 0 : 1, Blobs.Length)],
        _ => Numbers[random.Next(Numbers.Length)],
    };

    private SortRange Range(string[] ends)
    {
        var (one, other) = (ends[random.Next(ends.Length)], ends[random.Next(ends.Length)]);
        return random.Next(5) switch
        {
            0 => SortRange.BeginsWith(one),
            1 => SortRange.Between(one, other),
            2 => SortRange.AtLeast(one),
            3 => SortRange.AtMost(one),
            _ => SortRange.All,
        };
    }

    private List<ItemKey> Keys(int count) => [.. Enumerable.Range(0, count).Select(_ => Key()).Distinct()];

    private ItemKey Key() => new(Partition(), Sorts[random.Next(Sorts.Length)]);

    private string AnyName() => Names[random.Next(Names.Length)];

    private string Partition() => $"{prefix}p{random.Next(3)}";

    private string IndexPartition() => $"{prefix}x{random.Next(2)}";
}
