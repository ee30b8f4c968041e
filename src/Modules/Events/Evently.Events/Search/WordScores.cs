using System.Buffers;

namespace Evently.Events.Search;

/// <summary>Adds up, by slot, how well events answer several searched words; what cannot reach <paramref name="needed"/> words any more is dropped early.</summary>
/// <param name="slotCount">Slots are below it.</param>
/// <param name="needed">How many of the words an event must have.</param>
internal sealed class WordScores(int slotCount, int wordCount, int needed) : IDisposable
{
    private readonly float[] _totals = Rent<float>(slotCount);
    private readonly float[] _best = Rent<float>(slotCount);
    private readonly byte[] _hits = Rent<byte>(slotCount);
    private readonly List<int> _touched = [];
    private readonly List<int> _touchedNow = [];
    private int _finished;

    /// <summary>Of the word at hand the best hit counts.</summary>
    public void Hit(int slot, float score)
    {
        // It missed too many of the words before.
        if (_hits[slot] + (wordCount - needed) < _finished)
            return;
        if (_best[slot] == 0)
            _touchedNow.Add(slot);
        if (_best[slot] < score)
            _best[slot] = score;
    }

    public void FinishWord()
    {
        foreach (var slot in _touchedNow)
        {
            if (_hits[slot]++ == 0)
                _touched.Add(slot);
            _totals[slot] += _best[slot];
            _best[slot] = 0;
        }

        _touchedNow.Clear();
        _finished++;
    }

    /// <summary>The slots with enough words, and their scores from 0 to 1.</summary>
    public IEnumerable<(int Slot, float Score)> Enough()
    {
        foreach (var slot in _touched)
        {
            if (_hits[slot] >= needed)
                yield return (slot, _totals[slot] / wordCount);
        }
    }

    public void Dispose()
    {
        ArrayPool<float>.Shared.Return(_totals);
        ArrayPool<float>.Shared.Return(_best);
        ArrayPool<byte>.Shared.Return(_hits);
    }

    private static T[] Rent<T>(int length)
    {
        var array = ArrayPool<T>.Shared.Rent(length);
        Array.Clear(array, 0, length);
        return array;
    }
}
