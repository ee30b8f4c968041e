using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Evently.Shared.Http;

/// <summary>A secret of this installation: it signs tokens, and keys for other purposes are derived from it.</summary>
public sealed class SigningKey
{
    private const int IdBytes = 8;
    private readonly byte[] _secret;

    public SigningKey(byte[] secret)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(secret.Length, AuthOptions.MinKeyBytes);
        _secret = secret;
        Id = Base64Url.EncodeToString(Derive("evently signing key id").AsSpan(0, IdBytes));
        Security = new SymmetricSecurityKey(secret) { KeyId = Id };
    }

    /// <summary>Names the key in what it signed and sealed: 64 bits of a hash of the secret, the same on every instance, which tell nothing of it.</summary>
    public string Id { get; }

    public SymmetricSecurityKey Security { get; }

    public static SigningKey FromText(string secret) => new(Encoding.UTF8.GetBytes(secret));

    /// <summary>A key of 32 bytes for another purpose (HKDF), so that a leak of one says nothing about the other.</summary>
    public byte[] Derive(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, _secret, 32, info: Encoding.UTF8.GetBytes(purpose));
}
