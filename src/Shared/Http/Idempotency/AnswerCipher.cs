using Evently.Shared.Storage;

namespace Evently.Shared.Http;

/// <summary>
/// Compresses and encrypts (AES-256-GCM) what is kept of an answer: some hold access tokens, all hold somebody's data, and they lie in the table for a day.
/// </summary>
internal sealed class AnswerCipher(SigningKeys keys)
{
    private const string Purpose = "evently idempotency answers";
    private readonly Dictionary<string, byte[]> _derived = keys.All.ToDictionary(key => key.Id, key => key.Derive(Purpose));

    /// <summary>
    /// Names the key that <see cref="Seal"/> uses. It is kept beside what was sealed, not in it: the version before, which knows of no names, opens the same bytes.
    /// </summary>
    public string KeyId => keys.Current.Id;

    /// <param name="context">Bound to the ciphertext: it opens only under the key that it was stored for.</param>
    public byte[] Seal(byte[] body, ReadOnlySpan<byte> context) => SealedBytes.Seal(_derived[KeyId], PackedBytes.Pack(body), context);

    /// <summary>Null when the bytes were sealed under a key that is not accepted.</summary>
    /// <param name="keyId">The <see cref="KeyId"/> of then; null for bytes that the version before sealed.</param>
    public byte[]? Open(ReadOnlySpan<byte> sealedBytes, string? keyId, ReadOnlySpan<byte> context)
    {
        foreach (var key in keys.Candidates(keyId))
        {
            if (SealedBytes.Open(_derived[key.Id], sealedBytes, context) is { } plain)
                return Decompress(plain);
        }

        return null;
    }

    private static byte[] Decompress(byte[] compressed)
    {
        using var packed = PackedBytes.Open(compressed);
        using var body = new MemoryStream();
        packed.CopyTo(body);
        return body.ToArray();
    }
}
