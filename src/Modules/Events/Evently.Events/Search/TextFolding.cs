using System.Globalization;
using System.Text;

namespace Evently.Events.Search;

/// <summary>Text as the search sees it: lower case, accents gone, one blank where there were several.</summary>
internal static class TextFolding
{
    private const int LongestWord = 40;

    /// <param name="text">Without lone surrogates.</param>
    public static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var character in text.Normalize(NormalizationForm.FormKD))
        {
            if (CharUnicodeInfo.GetUnicodeCategory(character) is UnicodeCategory.NonSpacingMark)
                continue;
            if (char.IsWhiteSpace(character))
            {
                if (folded.Length > 0 && folded[^1] != ' ')
                    folded.Append(' ');
                continue;
            }

            Append(folded, char.ToLowerInvariant(character));
        }

        return folded.ToString().TrimEnd();
    }

    /// <summary>The words of a folded text, each at most <see cref="LongestWord"/> characters, in order and possibly repeated.</summary>
    public static List<string> Words(string folded)
    {
        var words = new List<string>();
        var start = -1;
        for (var i = 0; i <= folded.Length; i++)
        {
            if (i < folded.Length && char.IsLetterOrDigit(folded[i]))
            {
                if (start < 0)
                    start = i;
            }
            else if (start >= 0)
            {
                words.Add(folded.Substring(start, Math.Min(i - start, LongestWord)));
                start = -1;
            }
        }

        return words;
    }

    // Letters that are no accented form of another, but that people type as one.
    private static void Append(StringBuilder folded, char character) => _ = character switch
    {
        'ß' => folded.Append("ss"),
        'æ' => folded.Append("ae"),
        'œ' => folded.Append("oe"),
        'ø' => folded.Append('o'),
        'ł' => folded.Append('l'),
        'đ' => folded.Append('d'),
        'ð' => folded.Append('d'),
        'þ' => folded.Append("th"),
        'ı' => folded.Append('i'),
        _ => folded.Append(character),
    };
}
