using System.IO.Compression;
using System.Security.Cryptography;

namespace Evently.Shared.Http;

/// <summary>
/// Compresses and encrypts (AES-256-GCM) what is kept of an answer: some hold access tokens, all hold somebody's data, and they lie in the table for a day.
/// </summary>
internal sealed class AnswerCipher(SigningKey key)
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private readonly byte[] _key = key.Derive("evently idempotency answers");

    /// <param name="context">Bound to the ciphertext: it opens only under the key that it was stored for.</param>
    public byte[] Seal(byte[] body, ReadOnlySpan<byte> context)
    {
        var plain = Compress(body);
        var sealedBytes = new byte[NonceBytes + TagBytes + plain.Length];
        var nonce = sealedBytes.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_key, TagBytes);
        aes.Encrypt(nonce, plain, sealedBytes.AsSpan(NonceBytes + TagBytes), sealedBytes.AsSpan(NonceBytes, TagBytes), context);
        return sealedBytes;
    }

    /// <summary>Null when the bytes were sealed with another signing key.</summary>
    public byte[]? Open(ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> context)
    {
        var plain = new byte[sealedBytes.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(_key, TagBytes);
        try
        {
            aes.Decrypt(sealedBytes[..NonceBytes], sealedBytes[(NonceBytes + TagBytes)..], sealedBytes.Slice(NonceBytes, TagBytes), plain, context);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        return Decompress(plain);
    }

    private static byte[] Compress(byte[] body)
    {
        using var compressed = new MemoryStream();
        using (var brotli = new BrotliStream(compressed, CompressionLevel.Fastest))
            brotli.Write(body);
        return compressed.ToArray();
    }

    private static byte[] Decompress(byte[] compressed)
    {
        using var brotli = new BrotliStream(new MemoryStream(compressed), CompressionMode.Decompress);
        using var body = new MemoryStream();
        brotli.CopyTo(body);
        return body.ToArray();
    }
}
