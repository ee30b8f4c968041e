namespace Evently.Events.Search;

/// <summary>How well a word answers a word that was searched for, from 0 (not at all) to 1 (the same).</summary>
internal static class WordSimilarity
{
    private const int ShortestPrefix = 2;
    private const int ShortestInside = 3;
    private const float Prefix = 0.9f;
    private const float Inside = 0.6f;

    public static float Of(string searched, string word)
    {
        if (string.Equals(searched, word, StringComparison.Ordinal))
            return 1;
        if (searched.Length >= ShortestPrefix && word.StartsWith(searched, StringComparison.Ordinal))
            return Prefix;
        var allowed = AllowedEdits(searched.Length);
        if (Math.Abs(searched.Length - word.Length) <= allowed)
        {
            var edits = Edits(searched, word, allowed);
            if (edits <= allowed)
                return 1 - ((float)edits / Math.Max(searched.Length, word.Length));
        }

        return searched.Length >= ShortestInside && word.Contains(searched, StringComparison.Ordinal) ? Inside : 0;
    }

    /// <summary>Typing errors that a word of this length may have: none up to 2 characters, one up to 5, else two.</summary>
    public static int AllowedEdits(int length) => length switch
    {
        <= 2 => 0,
        <= 5 => 1,
        _ => 2,
    };

    /// <summary>Characters inserted, removed, replaced or swapped with their neighbour (optimal string alignment); gives up above <paramref name="limit"/>.</summary>
    public static int Edits(ReadOnlySpan<char> one, ReadOnlySpan<char> other, int limit)
    {
        var width = other.Length + 1;
        Span<int> rows = stackalloc int[3 * width];
        var beforeLast = rows[..width];
        var last = rows.Slice(width, width);
        var current = rows.Slice(2 * width, width);
        for (var j = 0; j < width; j++)
            last[j] = j;
        for (var i = 1; i <= one.Length; i++)
        {
            current[0] = i;
            var best = i;
            for (var j = 1; j < width; j++)
            {
                var cost = one[i - 1] == other[j - 1] ? 0 : 1;
                var edits = Math.Min(Math.Min(current[j - 1], last[j]) + 1, last[j - 1] + cost);
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                    edits = Math.Min(edits, beforeLast[j - 2] + 1);
                current[j] = edits;
                best = Math.Min(best, edits);
            }

            if (best > limit)
                return limit + 1;
            var oldest = beforeLast;
            beforeLast = last;
            last = current;
            current = oldest;
        }

        return last[^1];
    }
}
