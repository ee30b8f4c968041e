using System.Globalization;

namespace Evently.Shared.Text;

/// <summary>
/// Numbers from outside, in their one spelling: ASCII digits without sign, blanks or leading zeros. The framework's own parsing is lenient in ways that
/// make two texts one number (it ignores trailing NULs, for one).
/// </summary>
public static class CanonicalNumber
{
    /// <summary>No number from outside needs more; so many fit into a <see cref="long"/> without a look.</summary>
    private const int MostDigits = 18;

    /// <summary>0 to <see cref="int.MaxValue"/>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out int value)
    {
        var parsed = TryParseDigits(text, out var number) && number <= int.MaxValue;
        value = parsed ? (int)number : 0;
        return parsed;
    }

    /// <summary>With a minus sign or without any.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long value)
    {
        var isNegative = text.Length > 1 && text[0] == '-';
        if (!TryParseDigits(isNegative ? text[1..] : text, out value) || (isNegative && value == 0))
            return false;
        value = isNegative ? -value : value;
        return true;
    }

    /// <summary>Digits, and at most one point between digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out decimal value)
    {
        value = 0;
        var point = text.IndexOf('.');
        var whole = point < 0 ? text : text[..point];
        var fraction = point < 0 ? "0" : text[(point + 1)..];
        return TryParseDigits(whole, out _)
            && fraction.Length is > 0 and <= MostDigits && !fraction.ContainsAnyExceptInRange('0', '9')
            && decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
    }

    private static bool TryParseDigits(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        if (text.Length is 0 or > MostDigits || (text[0] == '0' && text.Length > 1) || text.ContainsAnyExceptInRange('0', '9'))
            return false;
        foreach (var digit in text)
            value = (value * 10) + (digit - '0');
        return true;
    }
}
