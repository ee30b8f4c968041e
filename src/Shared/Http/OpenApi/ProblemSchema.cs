using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace Evently.Shared.Http;

/// <summary>The schema of every error and, at each operation, the <c>code</c> values that it can have.</summary>
internal static class ProblemSchema
{
    private const string Name = "Problem";

    public static OpenApiResponse Response(OpenApiDocument document, int status, IReadOnlyCollection<string> codes)
    {
        Register(document);
        var code = new OpenApiSchema { Type = JsonSchemaType.String };
        if (codes.Count > 0)
            code.Enum = [.. codes.Select(value => (JsonNode)JsonValue.Create(value))];
        var response = new OpenApiResponse
        {
            Description = $"{ReasonPhrases.GetReasonPhrase(status)}: {string.Join(", ", codes)}",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/problem+json"] = new()
                {
                    Schema = new OpenApiSchema
                    {
                        AllOf = [new OpenApiSchemaReference(Name, document), new OpenApiSchema { Properties = new Dictionary<string, IOpenApiSchema> { ["code"] = code } }],
                    },
                },
            },
        };
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            response.Headers = Header("Retry-After", "Seconds to wait.", JsonSchemaType.Integer);
        if (status is StatusCodes.Status401Unauthorized)
            response.Headers = Header("WWW-Authenticate", "The scheme: Bearer.", JsonSchemaType.String);
        return response;
    }

    private static Dictionary<string, IOpenApiHeader> Header(string name, string description, JsonSchemaType type) =>
        new() { [name] = new OpenApiHeader { Description = description, Schema = new OpenApiSchema { Type = type } } };

    private static void Register(OpenApiDocument document)
    {
        if (document.Components?.Schemas?.ContainsKey(Name) == true)
            return;
        document.AddComponent<IOpenApiSchema>(Name, new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "RFC 9457 problem details. Some codes carry members of their own, which their detail speaks of.",
            Required = new HashSet<string> { "type", "title", "status", "detail", "code", "trace_id" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["type"] = Text("A URN that ends in the code."),
                ["title"] = Text("The status in words."),
                ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" },
                ["detail"] = Text("A sentence for a person."),
                ["code"] = Text("Stable, snake_case."),
                ["trace_id"] = Text("Finds this request in traces and logs."),
                ["errors"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Description = "With validation_failed: what is wrong, by field.",
                    AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
                },
            },
        });
    }

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };
}
