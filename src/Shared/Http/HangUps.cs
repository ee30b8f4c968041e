using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Evently.Shared.Http;

/// <summary>
/// A client that hangs up ends the reading of its request, not what the request has begun: a change that is cut off between two writes would leave the
/// second one to chance. So the token of a call that changes something ends with the host only; its waits are bounded by themselves. Reads still
/// end with their client.
/// </summary>
internal sealed class HangUps(RequestDelegate next, IHostApplicationLifetime host)
{
    /// <summary>Whether the client has gone, whatever that means for the call.</summary>
    public static bool HasGone(HttpContext context) =>
        context.RequestAborted.IsCancellationRequested || context.Items[typeof(HangUps)] is CancellationToken { IsCancellationRequested: true };

    public Task InvokeAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Items[typeof(HangUps)] = context.RequestAborted;
            context.RequestAborted = host.ApplicationStopped;
        }

        return next(context);
    }
}
