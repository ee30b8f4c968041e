using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Evently.Load.Hosts;

namespace Evently.Load.Stage;

/// <summary>Signs tokens as the host does, with the key that it was given.</summary>
internal static class Tokens
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);
    private static readonly byte[] Key = Encoding.UTF8.GetBytes(Programs.SigningKey);
    private static readonly string Header = Encode(new { alg = "HS256", typ = "JWT" });

    public static string For(string userId)
    {
        var now = TimeProvider.System.GetUtcNow();
        var signed = Header + "." + Encode(new
        {
            iss = "evently",
            aud = "evently",
            sub = userId,
            roles = (string[])["customer"],
            ver = "0",
            iat = now.ToUnixTimeSeconds(),
            nbf = now.ToUnixTimeSeconds(),
            exp = (now + Lifetime).ToUnixTimeSeconds(),
        });
        return signed + "." + Base64Url.EncodeToString(HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes(signed)));
    }

    private static string Encode<T>(T part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
}
