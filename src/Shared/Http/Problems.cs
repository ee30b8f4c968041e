using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Evently.Shared.Http;

/// <summary>
/// Error answers: <c>application/problem+json</c> (RFC 9457) with a stable <c>code</c>, a <c>detail</c> for a person and the <c>trace_id</c>.
/// </summary>
public static class Problems
{
    public static ProblemResult Of(int status, string code, string detail, params (string Name, object? Value)[] members) =>
        new(status, code, detail, members);

    public static ProblemResult BadRequest(string code, string detail, params (string Name, object? Value)[] members) =>
        Of(StatusCodes.Status400BadRequest, code, detail, members);

    public static ProblemResult NotFound(string code, string detail) => Of(StatusCodes.Status404NotFound, code, detail);

    public static ProblemResult Conflict(string code, string detail, params (string Name, object? Value)[] members) =>
        Of(StatusCodes.Status409Conflict, code, detail, members);

    public static ProblemResult Gone(string code, string detail) => Of(StatusCodes.Status410Gone, code, detail);

    public static ProblemResult Forbidden() => Of(StatusCodes.Status403Forbidden, "forbidden", "Your role does not allow this call.");

    public static ProblemResult Unavailable(string detail, TimeSpan retryAfter) =>
        Of(StatusCodes.Status503ServiceUnavailable, "unavailable", detail) with { RetryAfter = retryAfter };

    public static ProblemResult Validation(IReadOnlyDictionary<string, string[]> errors) =>
        BadRequest("validation_failed", "The request has invalid values: " + string.Join(", ", errors.Keys) + ".", ("errors", errors));
}

/// <summary>An error answer. Members beyond the standard ones are written in snake_case as given.</summary>
public sealed record ProblemResult(int Status, string Code, string Detail, IReadOnlyList<(string Name, object? Value)> Members) : IResult, IStatusCodeHttpResult
{
    public TimeSpan? RetryAfter { get; init; }

    public int? StatusCode => Status;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var problem = ToDetails(httpContext);
        httpContext.Response.StatusCode = Status;
        if (RetryAfter is { } retryAfter)
            httpContext.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        await httpContext.Response.WriteAsJsonAsync(problem, options: null, "application/problem+json", httpContext.RequestAborted);
    }

    public ProblemDetails ToDetails(HttpContext httpContext)
    {
        var problem = new ProblemDetails
        {
            Type = $"urn:evently:problem:{Code}",
            Title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(Status),
            Status = Status,
            Detail = Detail,
            Extensions =
            {
                ["code"] = Code,
                ["trace_id"] = Activity.Current?.TraceId.ToHexString() ?? httpContext.TraceIdentifier,
            },
        };
        foreach (var (name, value) in Members)
            problem.Extensions[name] = value;
        return problem;
    }
}
