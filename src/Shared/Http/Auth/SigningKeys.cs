using System.Security.Cryptography;
using Evently.Shared.Configuration;
using Evently.Shared.Storage;

namespace Evently.Shared.Http;

/// <summary>
/// The keys of this installation: one signs and seals, and what any of them signed or sealed counts, so that the key can be changed on one instance after the other.
/// </summary>
public sealed class SigningKeys(SigningKey current, params IEnumerable<SigningKey> accepted)
{
    private const string FileName = "signing-key";
    private const int MadeBytes = 64;

    /// <summary>Where an operator of the embedded mode puts the made key when a new one shall replace it.</summary>
    private const string OldFileName = FileName + ".old";

    /// <summary>The one that signs and seals.</summary>
    public SigningKey Current { get; } = current;

    /// <summary>All that are accepted, each once, the current one first.</summary>
    public IReadOnlyList<SigningKey> All { get; } = [.. accepted.Prepend(current).DistinctBy(key => key.Id)];

    /// <param name="keyDirectory">Where the embedded mode makes and keeps a key when none is configured; null where one must be.</param>
    public static SigningKeys Load(AuthOptions options, string? keyDirectory)
    {
        var current = (options.SigningKey, keyDirectory) switch
        {
            ({ } configured, _) => SigningKey.FromText(configured),
            (null, { } directory) => ReadOrMake(Path.Combine(directory, FileName)),
            _ => throw new ConfigurationException("Evently:Auth:SigningKey must be set: several instances have to share one key."),
        };
        var accepted = options.AcceptedSigningKeys.Select(SigningKey.FromText);
        var old = keyDirectory is null ? null : Path.Combine(keyDirectory, OldFileName);
        if (File.Exists(old))
            accepted = accepted.Append(Read(old, "what it signed ends"));
        return new SigningKeys(current, accepted);
    }

    /// <summary>
    /// The keys that something may be under: the one that it names, or none when that is not accepted; all for what names none, as the version before wrote it.
    /// </summary>
    public IEnumerable<SigningKey> Candidates(string? id) => string.IsNullOrEmpty(id) ? All : All.Where(key => key.Id == id);

    private static SigningKey ReadOrMake(string path)
    {
        if (!File.Exists(path))
            OwnersFile.Write(path, RandomNumberGenerator.GetBytes(MadeBytes), replace: false);
        return Read(path, "a new one is made and all tokens end");
    }

    private static SigningKey Read(string path, string whenRemoved)
    {
        var secret = File.ReadAllBytes(path);
        return secret.Length >= AuthOptions.MinKeyBytes
            ? new SigningKey(secret)
            : throw new ConfigurationException($"The signing key in {path} is damaged; restore it, or remove it ({whenRemoved} then).");
    }
}
