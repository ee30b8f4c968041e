using System.Globalization;

namespace Evently.Shared.Http;

/// <summary>Times as clients write and read them: RFC 3339, any offset in, UTC with <c>Z</c> out.</summary>
public static class Rfc3339
{
    private const int EarliestYear = 1900;
    private const int LatestYear = 2200;

    // 2030-01-01T10:00:00Z
    private const int ShortestLength = 20;

    // 2030-01-01T10:00:00.1234567+02:00
    private const int LongestLength = 33;

    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd'T'HH:mm:sszzz"];

    /// <summary>
    /// False without an offset, for anything but the RFC's form, and for years outside of 1900 to 2200. A blank where the offset's plus sign
    /// belongs is read as that sign: it is what an unescaped <c>+</c> in a query string becomes.
    /// </summary>
    public static bool TryParse(string? text, out DateTimeOffset time)
    {
        time = default;
        if (text is null || text.Length is < ShortestLength or > LongestLength)
            return false;
        if (text[^1] is 'Z' or 'z')
            text = text[..^1] + "+00:00";
        else if (text[^6] == ' ')
            text = text[..^6] + "+" + text[^5..];
        text = text.Replace('t', 'T');
        return text[^3] == ':'
            && DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out time)
            && time.Year is >= EarliestYear and <= LatestYear;
    }

    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
}
