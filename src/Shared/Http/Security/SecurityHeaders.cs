using Microsoft.AspNetCore.Http;

namespace Evently.Shared.Http;

/// <summary>Headers of every answer. Set when the answer starts, so that an error answer has them too.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(
            static state =>
            {
                var response = ((HttpContext)state).Response;
                var headers = response.Headers;
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "no-referrer";
                headers.XFrameOptions = "DENY";

                // The API serves data. The one page, the documentation, brings its own script and style.
                if (response.ContentType?.StartsWith("text/html", StringComparison.Ordinal) != true)
                    headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";

                // Answers depend on who asks; a shared cache must not keep them unless the endpoint says so.
                if (headers.CacheControl.Count == 0)
                    headers.CacheControl = "no-store";
                return Task.CompletedTask;
            },
            context);
        return next(context);
    }
}
