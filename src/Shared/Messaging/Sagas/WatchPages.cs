using System.Globalization;
using Evently.Shared.Ids;
using Evently.Shared.Messaging.Instances;
using Evently.Shared.Storage;
using Evently.Shared.Text;

namespace Evently.Shared.Messaging.Sagas;

/// <summary>
/// Which sagas each process watches, kept in the table so that another can take over: <c>{PREFIX}WATCH#{shard}</c>, sorted by the instance that watches, then
/// by page. A page is written once, before the sagas that it names, and removed when its process watches none of them any more. It names a crowd of
/// sagas for the price of one write: ids that will be asked for in the next moments are reserved with those that are needed now.
/// </summary>
internal sealed class WatchPages(ModuleTable table, IInstances instances, IdGenerator ids, TimeProvider time)
{
    public const int Shards = 4;

    /// <summary>The place before the first page.</summary>
    public const string FirstPlace = "watched";

    /// <summary>What one write unit has room for, at 16 bytes each.</summary>
    public const int MostIds = 56;

    /// <summary>An id tells when its saga began; one that waited longer would tell it wrongly.</summary>
    private static readonly TimeSpan ReservedFor = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Demand = TimeSpan.FromSeconds(1);
    private const int IdBytes = 16;
    private const int DeletesPerStep = 500;
    private const char Separator = '#';
    private const string AfterPages = "~";
    private const string Content = "ids";

    private readonly Lock _gate = new();
    private readonly Queue<Reservation> _reserved = new();
    private readonly List<(Guid Id, TaskCompletionSource<WatchPage> Done)> _wanted = [];
    private readonly Queue<WatchPage> _empty = new();
    private bool _isWriting;
    private long _since = time.GetTimestamp();
    private int _asked;
    private int _perSecond;

    /// <summary>An id that is on a page of this process.</summary>
    public async ValueTask<(Guid Id, WatchPage Page)> ReserveAsync()
    {
        if (TakeReserved(out var mustWrite) is { } reserved)
        {
            // The next page is written while the rest of this one lasts.
            if (mustWrite)
                _ = WriteAsync();
            return (reserved.Id.ToGuid(), reserved.Page);
        }

        var id = ids.Next().ToGuid();
        return (id, await AddAsync(id));
    }

    /// <summary>Puts a saga on a page of this process; it is there when this returns.</summary>
    public Task<WatchPage> AddAsync(Guid id)
    {
        var done = new TaskCompletionSource<WatchPage>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool mustWrite;
        lock (_gate)
        {
            _wanted.Add((id, done));
            mustWrite = BeginWriting();
        }

        if (mustWrite)
            _ = WriteAsync();
        return done.Task;
    }

    /// <summary>The process watches one of the page's sagas no more.</summary>
    public void Release(WatchPage page)
    {
        lock (_gate)
            Done(page);
    }

    /// <summary>Removes the pages of which nothing is watched.</summary>
    public async Task RemoveEmptyAsync(CancellationToken cancellationToken)
    {
        var removed = new List<WatchPage>();
        lock (_gate)
        {
            while (_reserved.TryPeek(out var reservation) && time.GetUtcNow() - reservation.Id.Time >= ReservedFor)
                Done(_reserved.Dequeue().Page);
            while (removed.Count < DeletesPerStep && _empty.TryDequeue(out var page))
                removed.Add(page);
        }

        if (removed.Count == 0)
            return;
        try
        {
            await table.WriteManyAsync(removed.ConvertAll(page => Storage.Write.Delete(page.Key, Condition.Always)), cancellationToken);
        }
        catch
        {
            lock (_gate)
                removed.ForEach(_empty.Enqueue);
            throw;
        }
    }

    /// <summary>Pages in this instance's shards whose own instance runs no more.</summary>
    public async IAsyncEnumerable<(ItemKey Key, IReadOnlyList<Guid> Ids)> FindLeftAsync(
        IReadOnlyList<string> queues, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var shard = 0; shard < Shards; shard++)
        {
            string? after = null;
            while (instances.IsMine(shard, queues))
            {
                // From author to author: those that run may have thousands of pages.
                var page = await table.QueryAsync(new Query(PartitionOf(shard), SortRange.All, Consistency.Eventual, 1, After: after), cancellationToken);
                if (page.Items.Count == 0)
                    break;
                var author = AuthorOf(page.Items[0].Key);
                if (instances.IsGone(author))
                {
                    await foreach (var item in table.ScanPartitionAsync(PartitionOf(shard), PagesOf(author), Consistency.Strong, cancellationToken))
                        yield return (item.Key, IdsOf(item));
                }

                after = author + Separator + AfterPages;
            }
        }
    }

    /// <summary>Takes a page over: it is one of this process's when this returns, and no more the other's.</summary>
    public async Task<WatchPage> AdoptAsync(ItemKey left, IReadOnlyList<Guid> watched, CancellationToken cancellationToken)
    {
        var page = NewPage(watched.Count);
        await table.WriteAsync(Insert(page, watched), cancellationToken);
        await table.WriteAsync(Storage.Write.Delete(left, Condition.Always), cancellationToken);
        return page;
    }

    /// <inheritdoc cref="ISagaGuard{TSaga}.ReadAsync"/>
    public async ValueTask<WatchedPage> ReadAsync(int limit, string after, CancellationToken cancellationToken)
    {
        var (shard, sort, skip) = after == FirstPlace ? (0, null, 0) : PlaceOf(after);
        var found = new List<Guid>();
        for (; shard < Shards; shard++, sort = null)
        {
            // The page that was read in part is read again: its end is where the range begins.
            var range = sort is null ? SortRange.All : SortRange.AtLeast(sort);
            await foreach (var item in table.ScanPartitionAsync(PartitionOf(shard), range, Consistency.Eventual, cancellationToken))
            {
                foreach (var id in IdsOf(item).Skip(item.Key.Sort == sort ? skip : 0))
                {
                    if (found.Count == limit)
                        return new WatchedPage(found, Place(shard, item.Key.Sort, Array.IndexOf(IdsOf(item), id)));
                    found.Add(id);
                }
            }
        }

        return new WatchedPage(found, null);
    }

    /// <summary>Whether the text is one that <see cref="ReadAsync"/> gave as an end.</summary>
    public static bool IsPlace(string place) =>
        place.Split(Separator) is [var shard, var author, var page, var skip]
        && IsNumber(shard, Shards) && Ulid.TryParse(author, out _) && Ulid.TryParse(page, out _) && IsNumber(skip, MostIds);

    private static bool IsNumber(string text, int bound) => CanonicalNumber.TryParse(text, out int number) && number < bound;

    private static string Place(int shard, string sort, int skip) => string.Create(CultureInfo.InvariantCulture, $"{shard}{Separator}{sort}{Separator}{skip}");

    private static (int Shard, string Sort, int Skip) PlaceOf(string place)
    {
        var parts = place.Split(Separator);
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1] + Separator + parts[2], int.Parse(parts[3], CultureInfo.InvariantCulture));
    }

    private static SortRange PagesOf(string author) => SortRange.BeginsWith(author + Separator);

    private static string AuthorOf(ItemKey key) => key.Sort[..key.Sort.IndexOf(Separator, StringComparison.Ordinal)];

    private string PartitionOf(int shard) => string.Create(CultureInfo.InvariantCulture, $"{table.Prefix}WATCH#{shard}");

    private static Guid[] IdsOf(Item item)
    {
        var bytes = item[Content].Binary.Span;
        var found = new Guid[bytes.Length / IdBytes];
        for (var i = 0; i < found.Length; i++)
            found[i] = new Guid(bytes.Slice(i * IdBytes, IdBytes), bigEndian: true);
        return found;
    }

    private WatchPage NewPage(int count)
    {
        var id = ids.Next();
        return new WatchPage(new ItemKey(PartitionOf((int)(id.Bits % Shards)), instances.Self + Separator + id), count);
    }

    private static Write Insert(WatchPage page, IReadOnlyList<Guid> watched)
    {
        var bytes = new byte[watched.Count * IdBytes];
        for (var i = 0; i < watched.Count; i++)
            watched[i].TryWriteBytes(bytes.AsSpan(i * IdBytes), bigEndian: true, out _);
        return Storage.Write.Put(page.Key, new Dictionary<string, Value>(StringComparer.Ordinal) { [Content] = Value.Of(bytes) }, Condition.Always);
    }

    private Reservation? TakeReserved(out bool mustWrite)
    {
        mustWrite = false;
        lock (_gate)
        {
            Count();
            while (_reserved.TryDequeue(out var reservation))
            {
                if (time.GetUtcNow() - reservation.Id.Time < ReservedFor)
                {
                    mustWrite = IsShort() && BeginWriting();
                    return reservation;
                }

                Done(reservation.Page);
            }
        }

        return null;
    }

    // Under the gate.
    private void Count()
    {
        _asked++;
        var passed = time.GetElapsedTime(_since);
        if (passed < Demand)
            return;
        _perSecond = passed < 2 * Demand ? _asked : 0;
        (_since, _asked) = (time.GetTimestamp(), 0);
    }

    /// <summary>Ids that will be asked for before they are too old, at the pace of now. Under the gate.</summary>
    private int Ahead() => (int)Math.Min(MostIds, Math.Max(_perSecond, _asked) * ReservedFor.TotalSeconds / 2);

    /// <summary>Under the gate.</summary>
    private bool IsShort() => _reserved.Count < Ahead() / 4;

    // Under the gate.
    private void Done(WatchPage page)
    {
        if (--page.Watched == 0)
            _empty.Enqueue(page);
    }

    /// <summary>Whether nobody writes, so that the caller has to. Under the gate.</summary>
    private bool BeginWriting()
    {
        if (_isWriting)
            return false;
        _isWriting = true;
        return true;
    }

    /// <summary>One page after the other, until all who wait have one; who comes meanwhile shares the next.</summary>
    private async Task WriteAsync()
    {
        while (true)
        {
            List<(Guid Id, TaskCompletionSource<WatchPage> Done)> wanted;
            List<Ulid> ahead;
            lock (_gate)
            {
                wanted = _wanted.GetRange(0, Math.Min(MostIds, _wanted.Count));
                ahead = Enumerable.Range(0, IsShort() ? Math.Min(Ahead(), MostIds - wanted.Count) : 0).Select(_ => ids.Next()).ToList();
                if (wanted.Count + ahead.Count == 0)
                {
                    _isWriting = false;
                    return;
                }

                _wanted.RemoveRange(0, wanted.Count);
            }

            var page = NewPage(wanted.Count + ahead.Count);
            try
            {
                await table.WriteAsync(Insert(page, [.. wanted.Select(one => one.Id), .. ahead.Select(id => id.ToGuid())]), CancellationToken.None);
            }
#pragma warning disable CA1031 // Whoever waits for the page gets it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                wanted.ForEach(one => one.Done.SetException(exception));
                lock (_gate)
                {
                    // It may be there all the same.
                    page.Watched = 1;
                    Done(page);
                    _isWriting = _wanted.Count > 0;
                    if (!_isWriting)
                        return;
                }

                continue;
            }

            lock (_gate)
                ahead.ForEach(id => _reserved.Enqueue(new Reservation(id, page)));
            wanted.ForEach(one => one.Done.SetResult(page));
        }
    }

    private readonly record struct Reservation(Ulid Id, WatchPage Page);
}

/// <summary>A page of this process.</summary>
internal sealed class WatchPage(ItemKey key, int watched)
{
    public ItemKey Key { get; } = key;

    /// <summary>Sagas of it that are watched, or whose ids are reserved.</summary>
    public int Watched { get; set; } = watched;
}
