using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Evently.Simulation;

/// <summary>Tokens of people who never logged in: a crowd's passwords would take longer to hash than its seats to sell.</summary>
internal static class Tokens
{
    /// <summary>A valid token for another user without roles of staff.</summary>
    /// <param name="model">A token that the host has issued.</param>
    /// <param name="key">The host's signing key.</param>
    public static string For(string userId, string model, string key)
    {
        var parts = model.Split('.');
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!.AsObject();
        claims["sub"] = userId;
        claims["roles"] = new JsonArray("customer");
        var signed = $"{parts[0]}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(signed)))}";
    }
}
