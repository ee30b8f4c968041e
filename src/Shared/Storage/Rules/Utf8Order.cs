namespace Evently.Shared.Storage.Rules;

/// <summary>
/// The order of strings in every engine: by UTF-8 bytes. UTF-16 ordinal order differs from it only between surrogates and the characters
/// from U+E000 on.
/// </summary>
internal sealed class Utf8Order : IComparer<string>
{
    public static readonly Utf8Order Instance = new();

    int IComparer<string>.Compare(string? x, string? y) => Compare(x, y);

    public static int Compare(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        var common = left.CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
            return left.Length - right.Length;
        return Rank(left[common]) - Rank(right[common]);
    }

    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
}
