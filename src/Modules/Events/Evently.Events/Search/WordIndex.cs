using System.Buffers;
using System.Runtime.InteropServices;

namespace Evently.Events.Search;

/// <summary>Where in an event a word stands; the better the place, the higher the number.</summary>
internal enum WordPlace
{
    Description = 0,
    Tag = 1,
    Artist = 2,
    Name = 3,
}

/// <summary>
/// Every distinct word of all events, found by trigrams, and the events that have it. Words repeat a lot, events' texts do not: matching words
/// first and then walking their lists of events costs far less than trigrams of whole texts. Only grows; not thread-safe.
/// </summary>
internal sealed class WordIndex
{
    private const int PlaceBits = 2;
    private static readonly float[] Weights = [0.4f, 0.7f, 0.9f, 1f];

    private readonly Dictionary<string, int> _ordinals = new(StringComparer.Ordinal);
    private readonly List<string> _words = [];
    private readonly List<List<int>> _slots = [];
    private readonly Dictionary<ulong, List<int>> _wordsByTrigram = [];

    /// <param name="slot">Ascends from call to call.</param>
    public void Add(string word, int slot, WordPlace place)
    {
        if (!_ordinals.TryGetValue(word, out var ordinal))
        {
            _ordinals[word] = ordinal = _words.Count;
            _words.Add(word);
            _slots.Add([]);
            AddTrigrams(word, ordinal);
        }

        _slots[ordinal].Add((slot << PlaceBits) | (int)place);
    }

    /// <summary>The words that answer a searched word, each with its similarity.</summary>
    public WordMatch Match(string searched)
    {
        var words = new List<(int Ordinal, float Similarity)>();
        var slots = 0;
        foreach (var ordinal in Candidates(searched))
        {
            var similarity = WordSimilarity.Of(searched, _words[ordinal]);
            if (similarity <= 0)
                continue;
            words.Add((ordinal, similarity));
            slots += _slots[ordinal].Count;
        }

        return new WordMatch(words, slots);
    }

    /// <summary>Goes through the events that have one of the words: their slots, possibly repeated, with a score each.</summary>
    public void AddTo(WordScores scores, WordMatch match)
    {
        foreach (var (ordinal, similarity) in match.Words)
        {
            foreach (var packed in CollectionsMarshal.AsSpan(_slots[ordinal]))
                scores.Hit(packed >> PlaceBits, similarity * Weights[packed & ((1 << PlaceBits) - 1)]);
        }
    }

    /// <summary>Words that share enough trigrams with the searched one to be worth a comparison.</summary>
    internal List<int> Candidates(string searched)
    {
        var candidates = new List<int>();
        var shared = ArrayPool<byte>.Shared.Rent(_words.Count);
        Array.Clear(shared, 0, _words.Count);

        var needed = SharedTrigrams(searched.Length);
        foreach (var trigram in Trigrams(searched))
        {
            if (!_wordsByTrigram.TryGetValue(trigram, out var words))
                continue;
            foreach (var ordinal in words)
            {
                if (++shared[ordinal] == needed)
                    candidates.Add(ordinal);
            }
        }

        ArrayPool<byte>.Shared.Return(shared);
        return candidates;
    }

    /// <summary>
    /// A word of n characters has n + 1 trigrams and an edit spoils three (a swap in its middle four), so this many are left after the
    /// <see cref="WordSimilarity.AllowedEdits">allowed edits</see>.
    /// </summary>
    private static int SharedTrigrams(int length) => length < 5 ? 1 : Math.Max(2, length - 5);

    private void AddTrigrams(string word, int ordinal)
    {
        foreach (var trigram in Trigrams(word))
        {
            if (!_wordsByTrigram.TryGetValue(trigram, out var words))
                _wordsByTrigram[trigram] = words = [];
            words.Add(ordinal);
        }
    }

    /// <summary>The distinct trigrams of a word with two blanks before and one behind it, so that its beginning weighs more.</summary>
    private static HashSet<ulong> Trigrams(string word)
    {
        var trigrams = new HashSet<ulong>();
        var (first, second) = (' ', ' ');
        foreach (var third in word + " ")
        {
            trigrams.Add(((ulong)first << 32) | ((ulong)second << 16) | third);
            (first, second) = (second, third);
        }

        return trigrams;
    }
}

/// <param name="SlotCount">How many slots those words have together.</param>
internal sealed record WordMatch(IReadOnlyList<(int Ordinal, float Similarity)> Words, int SlotCount);
