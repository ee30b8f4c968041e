using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Json;

namespace Evently.Shared.Http;

/// <summary>JSON as the whole API speaks it: snake_case, nothing unknown, nothing twice, numbers only as numbers, shallow.</summary>
internal static class HttpJson
{
    /// <summary>No body of the API nests deeper than a handful of levels.</summary>
    private const int MaxDepth = 32;

    public static void Configure(JsonOptions options)
    {
        var json = options.SerializerOptions;
        json.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        json.PropertyNameCaseInsensitive = false;
        json.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        json.AllowDuplicateProperties = false;
        json.RespectNullableAnnotations = true;
        json.NumberHandling = JsonNumberHandling.Strict;
        json.MaxDepth = MaxDepth;
        json.Converters.Add(new UtcTimeConverter());
        json.Converters.Add(new ExactDecimalConverter());
        json.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
    }
}
