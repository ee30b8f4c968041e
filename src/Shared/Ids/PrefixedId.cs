namespace Evently.Shared.Ids;

/// <summary>Ids as clients see them: a prefix, a hyphen and a <see cref="Ulid"/> (<c>event-01K…</c>).</summary>
public static class PrefixedId
{
    public static string Format(string prefix, Ulid ulid) => $"{prefix}-{ulid}";

    /// <summary>False for any spelling that this system did not make, so that a lookup of nonsense costs no read.</summary>
    public static bool TryParse(string? text, string prefix, out Ulid ulid)
    {
        ulid = default;
        return text is not null
            && text.Length == prefix.Length + 1 + Ulid.TextLength
            && text.StartsWith(prefix, StringComparison.Ordinal)
            && text[prefix.Length] == '-'
            && Ulid.TryParse(text.AsSpan(prefix.Length + 1), out ulid);
    }
}
