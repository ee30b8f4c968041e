using System.IO.Compression;

namespace Evently.Shared.Storage;

/// <summary>Compression (Brotli) of what is stored: an item is paid by the started KB.</summary>
public static class PackedBytes
{
    /// <summary>Where documents of a few KB stop getting much smaller.</summary>
    private const int Quality = 5;

    private const int WindowBits = 18;

    public static byte[] Pack(ReadOnlySpan<byte> bytes)
    {
        var packed = new byte[BrotliEncoder.GetMaxCompressedLength(bytes.Length)];
        return BrotliEncoder.TryCompress(bytes, packed, out var written, Quality, WindowBits)
            ? packed[..written]
            : throw new InvalidOperationException("The buffer has the largest length that compression can need.");
    }

    /// <summary>Reads what <see cref="Pack"/> made of it, as it was.</summary>
    public static Stream Open(ReadOnlyMemory<byte> packed) => new BrotliStream(new MemoryStream(packed.ToArray(), writable: false), CompressionMode.Decompress);
}
