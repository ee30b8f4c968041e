using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Evently.Shared.Http;

/// <summary>Gives the framework's bare statuses (no route, wrong verb, no token) the problem body that every error has.</summary>
internal static class StatusProblems
{
    public static Task WriteAsync(StatusCodeContext status)
    {
        var context = status.HttpContext;
        return ToProblem(context.Response.StatusCode).ExecuteAsync(context);
    }

    private static ProblemResult ToProblem(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => Problems.Of(status, "unauthorized", "This call needs a valid bearer token."),
        StatusCodes.Status403Forbidden => Problems.Forbidden(),
        StatusCodes.Status404NotFound => Problems.NotFound("not_found", "There is nothing at this address."),
        StatusCodes.Status405MethodNotAllowed => Problems.Of(status, "method_not_allowed", "This address does not take this method."),
        StatusCodes.Status413PayloadTooLarge => BadRequestProblems.TooLarge(),
        StatusCodes.Status415UnsupportedMediaType => BadRequestProblems.UnsupportedMediaType(),
        StatusCodes.Status400BadRequest => Problems.BadRequest("bad_request", "The request cannot be read."),
        >= StatusCodes.Status500InternalServerError => Problems.Of(status, "internal_error", "Something went wrong on our side."),
        _ => Problems.Of(status, "request_refused", "The request was refused."),
    };
}
