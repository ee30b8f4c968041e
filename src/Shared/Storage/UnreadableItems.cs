using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Storage;

/// <summary>An item that is there and can't be read. The answer to whoever asked for just this one; whoever walks many goes past it.</summary>
public sealed class UnreadableItemException(ItemKey key, Exception cause) : Exception($"The item {key} can't be read.", cause)
{
    public ItemKey Key { get; } = key;
}

/// <summary>
/// The one place where a document is turned into what it means: one that can't be (written by another version, or damaged) is counted, logged once and
/// remembered by its key, and takes down nothing but itself.
/// </summary>
public sealed partial class UnreadableItems
{
    /// <summary>Keys remembered; beyond that they are only logged.</summary>
    public const int MostRemembered = 1_000;

    private readonly ConcurrentDictionary<ItemKey, byte> _keys = new();
    private readonly ILogger<UnreadableItems> _logger;

    public UnreadableItems(IMeterFactory meters, ILogger<UnreadableItems> logger)
    {
        ArgumentNullException.ThrowIfNull(meters);
        _logger = logger;
        meters.Create("Evently.Storage").CreateObservableGauge(
            "evently.storage.unreadable", () => _keys.Count, "{item}", "Items met since the start that can't be read; walks go past them.");
    }

    /// <summary>In any order, at most <see cref="MostRemembered"/>.</summary>
    public IReadOnlyCollection<ItemKey> Keys => [.. _keys.Keys];

    /// <summary>What the item means, or null when it can't be read.</summary>
    public T? TryRead<T>(Item item, Func<Item, T?> read)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(item);
        ArgumentNullException.ThrowIfNull(read);
        try
        {
            var value = read(item);
            if (!_keys.IsEmpty)
                _keys.TryRemove(item.Key, out _);
            return value;
        }
#pragma warning disable CA1031 // Whatever a damaged document makes its reader throw, the next document is another one.
        catch (Exception exception) when (exception is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            Note(item.Key, exception);
            return null;
        }
    }

    /// <summary>What the item means; throws <see cref="UnreadableItemException"/> when it can't be read.</summary>
    public T Read<T>(Item item, Func<Item, T?> read)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(item);
        Exception? cause = null;
        return TryRead(item, candidate =>
        {
            try
            {
                return read(candidate);
            }
            catch (Exception exception)
            {
                cause = exception;
                throw;
            }
        }) ?? throw new UnreadableItemException(item.Key, cause ?? new InvalidDataException("The item is empty."));
    }

    private void Note(ItemKey key, Exception exception)
    {
        if (_keys.Count < MostRemembered && !_keys.TryAdd(key, 0))
            return;
        Log.Unreadable(_logger, key, exception);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The item {Key} can't be read; it is left out wherever many are read")]
        public static partial void Unreadable(ILogger logger, ItemKey key, Exception exception);
    }
}
