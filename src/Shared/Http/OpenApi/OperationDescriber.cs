using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.OpenApi;

namespace Evently.Shared.Http;

/// <summary>Adds to each operation what the conventions say: security, errors with their codes, headers, paging.</summary>
internal sealed class OperationDescriber : IOpenApiOperationTransformer
{
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var document = context.Document ?? throw new InvalidOperationException("An operation is described without its document.");
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.Responses ??= [];
        operation.Parameters ??= [];

        var failures = new SortedDictionary<int, SortedSet<string>>();
        foreach (var failure in metadata.OfType<FailureMetadata>())
            Add(failures, failure.Status, [.. failure.Codes]);
        AddSecurity(operation, document, metadata, failures);
        if (HttpMethods.IsPost(context.Description.HttpMethod ?? ""))
            AddIdempotencyKey(operation, failures);
        if (operation.RequestBody is not null)
            AddBodyFailures(failures);
        if (metadata.OfType<PagedMetadata>().Any())
            AddPaging(operation, failures);
        foreach (var query in metadata.OfType<QueryParameterMetadata>())
            AddQuery(operation, query, failures);

        if (!metadata.OfType<DisableRateLimitingAttribute>().Any())
            Add(failures, StatusCodes.Status429TooManyRequests, "rate_limited");
        Add(failures, StatusCodes.Status500InternalServerError, "internal_error");
        Add(failures, StatusCodes.Status503ServiceUnavailable, "unavailable");
        foreach (var (status, codes) in failures)
            operation.Responses[Text(status)] = ProblemSchema.Response(document, status, codes);
        if (operation.Responses.TryGetValue(Text(StatusCodes.Status201Created), out var created))
            AddHeader(created, "Location", "Address of what was created.");
        return Task.CompletedTask;
    }

    private static void AddSecurity(OpenApiOperation operation, OpenApiDocument document, IList<object> metadata, SortedDictionary<int, SortedSet<string>> failures)
    {
        var policies = metadata.OfType<IAuthorizeData>().Select(data => data.Policy).ToList();
        if (policies.Count == 0 || metadata.OfType<IAllowAnonymous>().Any())
            return;
        operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(ApiDocument.BearerScheme, document)] = [] }];
        Add(failures, StatusCodes.Status401Unauthorized, "unauthorized");
        if (policies.Any(policy => policy is not Policies.SignedIn))
            Add(failures, StatusCodes.Status403Forbidden, "forbidden");
    }

    private static void AddIdempotencyKey(OpenApiOperation operation, SortedDictionary<int, SortedSet<string>> failures)
    {
        operation.Parameters!.Add(new OpenApiParameter
        {
            Name = IdempotencyMiddleware.Header,
            In = ParameterLocation.Header,
            Description = "The same key and body within 24 h give the first answer again, with Idempotency-Replayed: true.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = IdempotencyMiddleware.MaxKeyLength },
        });
        Add(failures, StatusCodes.Status400BadRequest, "invalid_idempotency_key");
        Add(failures, StatusCodes.Status409Conflict, "idempotency_key_in_flight");
        Add(failures, StatusCodes.Status422UnprocessableEntity, "idempotency_key_reused");
    }

    private static void AddBodyFailures(SortedDictionary<int, SortedSet<string>> failures)
    {
        Add(failures, StatusCodes.Status400BadRequest, "validation_failed", "unknown_field", "duplicate_field", "malformed_json", "body_required");
        Add(failures, StatusCodes.Status413PayloadTooLarge, "payload_too_large");
        Add(failures, StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type");
    }

    private static void AddPaging(OpenApiOperation operation, SortedDictionary<int, SortedSet<string>> failures)
    {
        AddParameter(operation, "limit", new OpenApiParameter
        {
            Name = "limit",
            In = ParameterLocation.Query,
            Description = "Most entries of a page.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Minimum = "1", Maximum = Text(PageRequest.MaxLimit), Default = PageRequest.DefaultLimit },
        });
        AddParameter(operation, "cursor", new OpenApiParameter
        {
            Name = "cursor",
            In = ParameterLocation.Query,
            Description = "Opaque; from the previous page's Link header.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        });
        Add(failures, StatusCodes.Status400BadRequest, "validation_failed");
        if (operation.Responses!.TryGetValue(Text(StatusCodes.Status200OK), out var ok))
            AddHeader(ok, "Link", "Address of the next page: <…>; rel=\"next\". Absent on the last one.");
    }

    private static void AddQuery(OpenApiOperation operation, QueryParameterMetadata query, SortedDictionary<int, SortedSet<string>> failures)
    {
        var schema = query.Kind switch
        {
            QueryParameterKind.Text => new OpenApiSchema { Type = JsonSchemaType.String },
            QueryParameterKind.Integer => new OpenApiSchema { Type = JsonSchemaType.Integer },
            QueryParameterKind.Number => new OpenApiSchema { Type = JsonSchemaType.Number },
            QueryParameterKind.Boolean => new OpenApiSchema { Type = JsonSchemaType.Boolean },
            QueryParameterKind.Time => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
            _ => throw new InvalidOperationException($"A query parameter of kind {query.Kind} has no schema."),
        };
        if (query.Repeatable)
            schema = new OpenApiSchema { Type = JsonSchemaType.Array, Items = schema };
        AddParameter(operation, query.Name, new OpenApiParameter { Name = query.Name, In = ParameterLocation.Query, Description = query.Description, Schema = schema });
        Add(failures, StatusCodes.Status400BadRequest, "validation_failed");
    }

    // What the endpoint's signature already names is described there.
    private static void AddParameter(OpenApiOperation operation, string name, OpenApiParameter parameter)
    {
        if (operation.Parameters!.All(existing => existing.Name != name))
            operation.Parameters!.Add(parameter);
    }

    private static void AddHeader(IOpenApiResponse response, string name, string description)
    {
        if (response is not OpenApiResponse concrete)
            return;
        concrete.Headers ??= new Dictionary<string, IOpenApiHeader>();
        concrete.Headers[name] = new OpenApiHeader { Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
    }

    private static void Add(SortedDictionary<int, SortedSet<string>> failures, int status, params string[] codes)
    {
        if (!failures.TryGetValue(status, out var known))
            failures[status] = known = new SortedSet<string>(StringComparer.Ordinal);
        known.UnionWith(codes);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
