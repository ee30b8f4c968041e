using System.Text;

namespace Evently.Shared.Http;

/// <summary>Seals a short secret that travels in a message, so that neither a queue nor a table holds it open.</summary>
/// <param name="keys">What one instance seals, every instance opens.</param>
public sealed class SecretCipher(SigningKeys keys)
{
    private const string Purpose = "evently secrets in messages";
    private readonly Dictionary<string, byte[]> _derived = keys.All.ToDictionary(key => key.Id, key => key.Derive(Purpose));

    /// <param name="context">It opens only with the same, such as the message's id.</param>
    public string Seal(string secret, string context) =>
        Convert.ToBase64String(SealedBytes.Seal(_derived[keys.Current.Id], Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(context)));

    /// <summary>Null when no accepted key opens it.</summary>
    public string? Open(string sealedSecret, string context)
    {
        var bytes = new byte[sealedSecret.Length];
        if (!Convert.TryFromBase64String(sealedSecret, bytes, out var length))
            return null;
        var opened = keys.All.Select(key => SealedBytes.Open(_derived[key.Id], bytes.AsSpan(0, length), Encoding.UTF8.GetBytes(context))).FirstOrDefault(plain => plain is not null);
        return opened is null ? null : Encoding.UTF8.GetString(opened);
    }
}
