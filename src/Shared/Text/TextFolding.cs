using System.Globalization;
using System.Text;

namespace Evently.Shared.Text;

/// <summary>
/// Text as every search sees it: lower case, accents, apostrophes and invisible characters gone, one blank where there were several.
/// </summary>
public static class TextFolding
{
    private const int LongestWord = 40;

    /// <param name="text">Without lone surrogates and noncharacters, at which normalization throws.</param>
    public static string Fold(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var folded = new StringBuilder(text.Length);
        foreach (var character in text.Normalize(NormalizationForm.FormKD))
        {
            if (CharUnicodeInfo.GetUnicodeCategory(character) is UnicodeCategory.NonSpacingMark or UnicodeCategory.Format || IsApostrophe(character))
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
    public static IReadOnlyList<string> Words(string folded)
    {
        ArgumentNullException.ThrowIfNull(folded);
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

    // Typed in many ways and left out in more.
    private static bool IsApostrophe(char character) => character is '\'' or '\u2018' or '\u2019' or '\u02BC' or '\u02B9' or '\u2032' or '`' or '\u00B4' or '\uFF07';

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
