using System.Globalization;
using System.Text;

namespace Evently.Shared.Text;

/// <summary>
/// The one rule for text that identifies something (a section, a seat type, an address): what people can't tell apart is one thing. So it is kept in
/// Unicode's composed form (NFC) and has no character that can't be seen.
/// </summary>
public static class IdentifierText
{
    /// <summary>The form that is kept and compared.</summary>
    /// <param name="text">Without lone surrogates and noncharacters, at which normalization throws.</param>
    public static string Normalize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Normalize(NormalizationForm.FormC);
    }

    /// <summary>Whether every character can be seen: no format characters (zero-width, bidirectional), no fillers, no selectors of variants.</summary>
    public static bool IsVisible(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format || IsIgnorable(rune.Value))
                return false;
        }

        return true;
    }

    // Unicode's Default_Ignorable_Code_Point, as far as it is not of the category Format.
    private static bool IsIgnorable(int scalar) => scalar is 0x034F or 0x3164 or 0xFFA0
        or (>= 0x115F and <= 0x1160)
        or (>= 0x17B4 and <= 0x17B5)
        or (>= 0x180B and <= 0x180F)
        or 0x2065
        or (>= 0xFE00 and <= 0xFE0F)
        or (>= 0xFFF0 and <= 0xFFF8)
        or (>= 0xE0000 and <= 0xE0FFF);
}
