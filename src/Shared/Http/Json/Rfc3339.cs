using System.Globalization;

namespace Evently.Shared.Http;

/// <summary>Times as clients write and read them: RFC 3339, any offset in, UTC with <c>Z</c> and at most milliseconds out.</summary>
public static class Rfc3339
{
    private const int EarliestYear = 1900;
    private const int LatestYear = 2200;

    /// <summary>2030-01-01T10:00:00</summary>
    private const string Seconds = "yyyy-MM-dd'T'HH:mm:ss";
    private const int SecondsLength = 19;

    /// <summary>The RFC sets no limit to the digits of a second's fraction; what is finer than a tick is cut off.</summary>
    private const int LongestLength = 100;
    private const int TickDigits = 7;

    private const int OffsetLength = 6;

    /// <summary>
    /// False without an offset, for anything but the RFC's form, and for years outside of 1900 to 2200. A blank where the offset's plus sign
    /// belongs is read as that sign: it is what an unescaped <c>+</c> in a query string becomes.
    /// </summary>
    public static bool TryParse(string? text, out DateTimeOffset time)
    {
        time = default;
        if (text is null || text.Length is <= SecondsLength or > LongestLength || !TryParseSeconds(text, out var seconds))
            return false;
        var rest = text.AsSpan(SecondsLength);
        if (!TryTakeFraction(ref rest, out var ticks) || !TryParseOffset(rest, out var offset))
            return false;
        // Looked at before the offset is taken off: the calendar's ends have no day before or after them.
        if (seconds.Year is < EarliestYear - 1 or > LatestYear + 1)
            return false;
        var utc = seconds.AddTicks(ticks) - offset;
        if (utc.Year is < EarliestYear or > LatestYear)
            return false;
        time = new DateTimeOffset(utc, TimeSpan.Zero);
        return true;
    }

    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);

    private static bool TryParseSeconds(string text, out DateTime seconds)
    {
        // The framework's parser takes other scripts' digits and trailing NULs; this has neither.
        Span<char> canonical = stackalloc char[SecondsLength];
        for (var i = 0; i < SecondsLength; i++)
        {
            canonical[i] = i == 10 && text[i] == 't' ? 'T' : text[i];
            var isSeparator = i is 4 or 7 or 10 or 13 or 16;
            if (!isSeparator && !char.IsAsciiDigit(text[i]))
            {
                seconds = default;
                return false;
            }
        }

        return DateTime.TryParseExact(canonical, Seconds, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out seconds);
    }

    private static bool TryTakeFraction(ref ReadOnlySpan<char> rest, out long ticks)
    {
        ticks = 0;
        if (rest[0] != '.')
            return true;
        var digits = 0;
        for (rest = rest[1..]; rest.Length > 0 && char.IsAsciiDigit(rest[0]); rest = rest[1..])
        {
            if (++digits <= TickDigits)
                ticks = (ticks * 10) + (rest[0] - '0');
        }

        for (var i = digits; i < TickDigits; i++)
            ticks *= 10;
        return digits > 0;
    }

    private static bool TryParseOffset(ReadOnlySpan<char> text, out TimeSpan offset)
    {
        offset = default;
        if (text is "Z" or "z")
            return true;
        if (text.Length != OffsetLength || text[0] is not ('+' or '-' or ' ') || text[3] != ':'
            || text[1..3].ContainsAnyExceptInRange('0', '9') || text[4..].ContainsAnyExceptInRange('0', '9'))
            return false;
        var hours = ((text[1] - '0') * 10) + text[2] - '0';
        var minutes = ((text[4] - '0') * 10) + text[5] - '0';
        offset = new TimeSpan(hours, minutes, 0) * (text[0] == '-' ? -1 : 1);
        return hours < 24 && minutes < 60;
    }
}
