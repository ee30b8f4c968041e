using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Evently.Shared.Http;

/// <summary>The OpenAPI 3.1 document at <c>/openapi/v1.json</c>, made of what the endpoints state about themselves.</summary>
public static class ApiDocument
{
    internal const string BearerScheme = "bearer";
    private const string Name = "v1";

    private const string Description =
        "Sells seats: venues, events, holds, payments, bookings, cancellations with refunds, analytics and support.\n\n" +
        "JSON in snake_case; unknown and repeated members are refused. Times are RFC 3339, in UTC on output. Money is in major units next to its currency. " +
        "Every error is `application/problem+json` with a stable `code`, a `detail` for a person and a `trace_id`. Lists take `limit` and `cursor`; the next page is in " +
        "`Link: <…>; rel=\"next\"`. Every POST takes an `Idempotency-Key`. 429 and 503 carry `Retry-After`. Wherever GET works, HEAD does.";

    public static void MapApiDocument(this IEndpointRouteBuilder endpoints) => endpoints.MapOpenApi("/openapi/{documentName}.json").Public();

    internal static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi(Name, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = description => !HttpMethods.IsHead(description.HttpMethod ?? "");
        options.AddSchemaTransformer((schema, context, _) =>
        {
            Describe(schema, context.JsonTypeInfo.Type);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer<OperationDescriber>();
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "Evently", Version = Name, Description = Description, License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" } };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[BearerScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "JWT",
                Description = "A token of POST /user/token, or of the configured OpenID Connect provider.",
            };
            return Task.CompletedTask;
        });
    });

    private static void Describe(OpenApiSchema schema, Type type)
    {
        // Converters of ours write times and amounts, and what a converter writes the framework cannot know.
        if (type == typeof(DateTimeOffset) || type == typeof(DateTimeOffset?))
            (schema.Type, schema.Format) = (type == typeof(DateTimeOffset) ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null, "date-time");
        else if (type == typeof(decimal) || type == typeof(decimal?))
            (schema.Type, schema.Format) = (type == typeof(decimal) ? JsonSchemaType.Number : JsonSchemaType.Number | JsonSchemaType.Null, "double");
        else if (typeof(IEnumerable<KeyValuePair<string, decimal>>).IsAssignableFrom(type))
            schema.AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Number, Format = "double" };

        // Requests are closed; answers may gain members, and clients should not be told otherwise.
        else if (!type.Name.EndsWith("Request", StringComparison.Ordinal))
            schema.AdditionalPropertiesAllowed = true;
    }
}
