using Evently.Shared.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Http;

/// <summary>Turns what escapes from the calls below into problem answers, in every environment alike. Details go to the log, never to the caller.</summary>
internal sealed partial class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> logger)
{
    private const int ClientClosedRequest = 499;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception exception) when (context.RequestAborted.IsCancellationRequested || (HangUps.HasGone(context) && exception is IOException or OperationCanceledException))
        {
            // Nobody is listening any more; that is the client's business and no error of ours.
            if (!context.Response.HasStarted)
                context.Response.StatusCode = ClientClosedRequest;
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            var problem = ToProblem(context, exception);
            context.Response.Clear();
            await problem.ExecuteAsync(context);
        }
    }

    private ProblemResult ToProblem(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case BadHttpRequestException badRequest:
                return BadRequestProblems.From(badRequest);
            case UnreadableItemException:
                Log.Failed(logger, context.Request.Method, context.Request.Path, exception);
                return Problems.Of(
                    StatusCodes.Status500InternalServerError, "unreadable", "What is stored of this can't be read. It is shown to support, who can put it right.");
            case TableUnavailableException or TimeoutException or OperationCanceledException:
                Log.Unavailable(logger, context.Request.Method, context.Request.Path, exception);
                return Problems.Unavailable("The service cannot answer at this moment; try again.", RetryAfter);
            default:
                Log.Failed(logger, context.Request.Method, context.Request.Path, exception);
                return Problems.Of(StatusCodes.Status500InternalServerError, "internal_error", "Something went wrong on our side. The trace id finds it in our logs.");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Method} {Path} was answered with 503")]
        public static partial void Unavailable(ILogger logger, string method, PathString path, Exception exception);

        [LoggerMessage(2, LogLevel.Error, "{Method} {Path} failed")]
        public static partial void Failed(ILogger logger, string method, PathString path, Exception exception);
    }
}
