using System.Text;

namespace Evently.Shared.Storage.Embedded;

/// <summary>
/// Remembers the few attribute names that a table has, so that decoding an item makes no strings for them. Bounded: a name that meets a taken
/// slot replaces it. Threads may race; the loser only makes a string again.
/// </summary>
internal sealed class AttributeNames
{
    private const int Slots = 1_024;
    private const int LongestKept = 32;
    private readonly Entry?[] _entries = new Entry?[Slots];

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > LongestKept)
            return Encoding.UTF8.GetString(utf8);
        ref var slot = ref _entries[Hash(utf8) % Slots];
        var entry = Volatile.Read(ref slot);
        if (entry is not null && utf8.SequenceEqual(entry.Utf8))
            return entry.Name;
        entry = new Entry(utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        Volatile.Write(ref slot, entry);
        return entry.Name;
    }

    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 2_166_136_261;
        foreach (var value in bytes)
            hash = (hash ^ value) * 16_777_619;
        return hash;
    }

    private sealed record Entry(byte[] Utf8, string Name);
}
