using System.Buffers;

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

    /// <summary>Scores the events that have a word like <paramref name="searched"/>: for each such event <paramref name="hit"/> once with its slot and score.</summary>
    public void Search(string searched, int slotCount, Action<int, float> hit)
    {
        var best = ArrayPool<float>.Shared.Rent(slotCount);
        var touched = new List<int>();
        Array.Clear(best, 0, slotCount);
        foreach (var ordinal in Candidates(searched))
        {
            var similarity = WordSimilarity.Of(searched, _words[ordinal]);
            if (similarity <= 0)
                continue;
            foreach (var packed in _slots[ordinal])
            {
                var slot = packed >> PlaceBits;
                var score = similarity * Weights[packed & ((1 << PlaceBits) - 1)];
                if (best[slot] == 0)
                    touched.Add(slot);
                best[slot] = Math.Max(best[slot], score);
            }
        }

        foreach (var slot in touched)
            hit(slot, best[slot]);
        ArrayPool<float>.Shared.Return(best);
    }

    /// <summary>Words that share enough trigrams with the searched one to be worth a comparison.</summary>
    internal List<int> Candidates(string searched)
    {
        var candidates = new List<int>();
        var shared = ArrayPool<byte>.Shared.Rent(_words.Count);
        Array.Clear(shared, 0, _words.Count);

        // An edit spoils three trigrams, or four. A word of five characters and more still shares two with what was meant, a shorter one maybe only one.
        var needed = searched.Length < 5 ? 1 : 2;
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
