using System.Security.Cryptography;
using System.Text;
using Evently.Shared.Configuration;
using Microsoft.IdentityModel.Tokens;

namespace Evently.Shared.Http;

/// <summary>The secret of this installation: it signs tokens, and keys for other purposes are derived from it.</summary>
public sealed class SigningKey
{
    private const string FileName = "signing-key";
    private readonly byte[] _secret;

    public SigningKey(byte[] secret)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(secret.Length, AuthOptions.MinKeyBytes);
        _secret = secret;
        Security = new SymmetricSecurityKey(secret);
    }

    public SymmetricSecurityKey Security { get; }

    /// <param name="keyDirectory">Where the embedded mode makes and keeps a key when none is configured; null where one must be.</param>
    public static SigningKey Load(AuthOptions options, string? keyDirectory) => (options.SigningKey, keyDirectory) switch
    {
        ({ } configured, _) => new SigningKey(Encoding.UTF8.GetBytes(configured)),
        (null, { } directory) => new SigningKey(ReadOrMake(Path.Combine(directory, FileName))),
        _ => throw new ConfigurationException("Evently:Auth:SigningKey must be set: several instances have to share one key."),
    };

    /// <summary>A key of 32 bytes for another purpose (HKDF), so that a leak of one says nothing about the other.</summary>
    public byte[] Derive(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, _secret, 32, info: Encoding.UTF8.GetBytes(purpose));

    private static byte[] ReadOrMake(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!File.Exists(path))
            Make(path);
        var secret = File.ReadAllBytes(path);
        return secret.Length >= AuthOptions.MinKeyBytes
            ? secret
            : throw new ConfigurationException($"The signing key in {path} is damaged; restore it, or remove it to have a new one made (all tokens end then).");
    }

    // Written beside and renamed, so that a crash leaves no half of a key behind.
    private static void Make(string path)
    {
        var temporary = path + ".new";
        var create = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(temporary, create))
        {
            file.Write(RandomNumberGenerator.GetBytes(64));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: false);
    }
}
