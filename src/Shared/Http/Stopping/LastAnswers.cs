using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Evently.Shared.Http;

/// <summary>Answers of a process that stops close their connections, so that the next request of a proxy finds another process.</summary>
internal sealed class LastAnswers(RequestDelegate next, IHostApplicationLifetime host)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (host.ApplicationStopping.IsCancellationRequested)
            context.Response.Headers.Connection = "close";
        return next(context);
    }
}
