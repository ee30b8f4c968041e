using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Evently.Api.Tests.Driver;

/// <summary>Makes tokens from scratch, so that tests can send those that Evently would never issue.</summary>
public static class Tokens
{
    /// <summary>The key that the hosts under test are configured with.</summary>
    public const string SigningKey = "an-acceptance-test-key-of-more-than-thirty-two-bytes";

    /// <summary>A valid token for another user.</summary>
    public static string For(string userId, IEnumerable<string> roles, string model)
    {
        var claims = Claims(model);
        claims["sub"] = userId;
        claims["roles"] = new JsonArray([.. roles.Select(role => JsonValue.Create(role))]);
        return Sign(Header(model), claims, SigningKey);
    }

    public static JsonObject Header(string token) => Part(token, 0);

    public static JsonObject Claims(string token) => Part(token, 1);

    /// <summary>Signs as Evently does; with its own key the result is a valid token.</summary>
    public static string Sign(JsonObject header, JsonObject claims, string key)
    {
        var signed = Encode(header) + "." + Encode(claims);
        return signed + "." + Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(signed)));
    }

    public static string Encode(JsonObject part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));

    private static JsonObject Part(string token, int index) =>
        JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[index]))!.AsObject();
}
