using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Evently.Shared.Http;

/// <summary>
/// What every endpoint states about itself: its name and tag, who may call it and how it fails. The OpenAPI document is made of these, together with the
/// framework's <c>Produces</c>; a start-up check refuses an endpoint that says neither <see cref="Public"/> nor <see cref="RequireRole"/>.
/// </summary>
public static class EndpointConventions
{
    /// <param name="operationId">Stable, snake_case, unique; generated clients name their methods by it (<c>hold_seats</c>).</param>
    /// <param name="tag">The section of the document (<c>Holds</c>).</param>
    /// <param name="summary">One line.</param>
    /// <param name="description">What the summary leaves out: bounds, repeatability, waiting.</param>
    public static TBuilder Describe<TBuilder>(this TBuilder builder, string operationId, string tag, string summary, string? description = null)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.WithName(operationId).WithTags(tag).WithSummary(summary);
        return description is null ? builder : builder.WithDescription(description);
    }

    /// <summary>
    /// Documents an error answer and its <c>code</c> values. May be called several times for one status. Those that every endpoint shares (malformed or
    /// unknown JSON members, 401, 403, 413, 415, 429, 500, 503, idempotency keys) are added by the document itself.
    /// </summary>
    public static TBuilder Fails<TBuilder>(this TBuilder builder, int status, params string[] codes)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new FailureMetadata(status, codes));

    /// <summary>Only callers that <paramref name="policy"/> (one of <see cref="Policies"/>) lets pass: 401 without a token, 403 without the role.</summary>
    public static TBuilder RequireRole<TBuilder>(this TBuilder builder, string policy)
        where TBuilder : IEndpointConventionBuilder => builder.RequireAuthorization(policy);

    /// <summary>Who calls is looked up as stored at this moment: for what grants roles or moves money by staff's hand.</summary>
    public static TBuilder FreshAccount<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(Http.FreshAccount.Instance);

    /// <summary>Anybody may call it, with or without a token.</summary>
    public static TBuilder Public<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new AllowAnonymousAttribute());

    /// <summary>Raises the bound on the request's body from <see cref="BodyLimit.DefaultBytes"/>; beyond it 413.</summary>
    public static TBuilder MaxBody<TBuilder>(this TBuilder builder, long bytes)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new BodyLimit(bytes));

    /// <summary>Documents <c>limit</c>, <c>cursor</c> and the <c>Link</c> header; the endpoint reads them with <see cref="PageRequest.Read"/>.</summary>
    public static TBuilder Paged<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(PagedMetadata.Instance);

    /// <summary>Documents a query parameter that the endpoint reads from the request itself.</summary>
    public static TBuilder QueryParameter<TBuilder>(this TBuilder builder, string name, string description, QueryParameterKind kind = QueryParameterKind.Text, bool repeatable = false)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new QueryParameterMetadata(name, description, kind, repeatable));
}

public enum QueryParameterKind
{
    Text,
    Integer,
    Number,
    Boolean,

    /// <summary>RFC 3339 with an offset.</summary>
    Time,
}

internal sealed record FailureMetadata(int Status, IReadOnlyList<string> Codes);

internal sealed record QueryParameterMetadata(string Name, string Description, QueryParameterKind Kind, bool Repeatable);

internal sealed class PagedMetadata
{
    public static readonly PagedMetadata Instance = new();
}

/// <summary>The bound on a request's body.</summary>
public sealed record BodyLimit(long Bytes)
{
    public const long DefaultBytes = 64 * 1024;

    /// <summary>The bound of the largest upload that any endpoint takes (a venue's seats).</summary>
    public const long LargestBytes = 16 * 1024 * 1024;
}
