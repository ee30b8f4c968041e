using System.Security.Cryptography;
using System.Text;
using Evently.Shared.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Http;

/// <summary>
/// <c>Idempotency-Key</c> on every POST: the first answer is kept for 24 h and given again. Answers that say "try again" (401, 429, 5xx) are not
/// kept, nor are those to requests that could not be read; they free the key.
/// </summary>
internal sealed partial class IdempotencyMiddleware(RequestDelegate next, IdempotencyStore store, ILogger<IdempotencyMiddleware> logger)
{
    public const string Header = "Idempotency-Key";
    public const string ReplayedHeader = "Idempotency-Replayed";
    public const int MaxKeyLength = 255;
    private const int BufferBytes = 64 * 1024;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BookkeepingTimeout = TimeSpan.FromSeconds(5);

    public async Task InvokeAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method)
            || context.GetEndpoint() is not RouteEndpoint
            || !context.Request.Headers.TryGetValue(Header, out var values))
        {
            await next(context);
            return;
        }

        if (values is not [{ Length: > 0 and <= MaxKeyLength } key] || !ValidationErrors.IsCleanText(key, multiline: false))
        {
            await Problems.BadRequest("invalid_idempotency_key", $"{Header} must be one text of 1 to {MaxKeyLength} characters without control characters.").ExecuteAsync(context);
            return;
        }

        var scopeHash = ScopeHash(context, key);
        var bodyHash = await BodyHashAsync(context);
        await (await store.ClaimAsync(scopeHash, bodyHash, context.RequestAborted) switch
        {
            KeyClaim.Won won => RunAsync(context, scopeHash, bodyHash, won),
            KeyClaim.Answered answered => ReplayAsync(context, answered.Answer),
            KeyClaim.InFlight => (Problems.Conflict("idempotency_key_in_flight", "The first request with this key is still running.") with { RetryAfter = RetryAfter }).ExecuteAsync(context),
            KeyClaim.UsedForOtherBody => Problems.Of(StatusCodes.Status422UnprocessableEntity, "idempotency_key_reused", "This key was used for another body.").ExecuteAsync(context),
            KeyClaim.AnswerNotKept => Problems.Conflict("idempotency_answer_not_kept", "The first request with this key was answered; its answer is no longer there.").ExecuteAsync(context),
            _ => throw new InvalidOperationException("A claim of a kind that this switch does not know."),
        });
    }

    private static string ScopeHash(HttpContext context, string key)
    {
        var scope = $"{RateLimits.ClientKey.Of(context)}\n{CanonicalPath(context)}\n{key}";
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(scope)));
    }

    /// <summary>The route's own spelling with the values of this call: <c>/Events/</c> and <c>/events</c> are one call.</summary>
    private static string CanonicalPath(HttpContext context)
    {
        var pattern = ((RouteEndpoint)context.GetEndpoint()!).RoutePattern;
        var path = new StringBuilder();
        foreach (var segment in pattern.PathSegments)
        {
            path.Append('/');
            foreach (var part in segment.Parts)
            {
                path.Append(part switch
                {
                    RoutePatternLiteralPart literal => literal.Content,
                    RoutePatternParameterPart parameter => context.Request.RouteValues[parameter.Name]?.ToString(),
                    RoutePatternSeparatorPart separator => separator.Content,
                    _ => throw new InvalidOperationException($"A route has a part of the kind {part.PartKind}."),
                });
            }
        }

        return path.ToString();
    }

    private static async Task<byte[]> BodyHashAsync(HttpContext context)
    {
        var request = context.Request;
        request.EnableBuffering(BufferBytes);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(request.QueryString.Value ?? ""));
        var buffer = new byte[BufferBytes];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
            hash.AppendData(buffer.AsSpan(0, read));
        request.Body.Position = 0;
        return hash.GetHashAndReset();
    }

    private static Task ReplayAsync(HttpContext context, RememberedAnswer answer)
    {
        var response = context.Response;
        response.StatusCode = answer.Status;
        response.Headers[ReplayedHeader] = "true";
        if (answer.Location is { } location)
            response.Headers.Location = location;
        if (answer.Body.Length == 0)
            return Task.CompletedTask;
        response.ContentType = answer.ContentType;
        return response.Body.WriteAsync(answer.Body, context.RequestAborted).AsTask();
    }

    private async Task RunAsync(HttpContext context, string scopeHash, byte[] bodyHash, KeyClaim.Won won)
    {
        var owner = won.Owner;
        context.Features.Set(won.Identity);
        var outer = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using var body = new MemoryStream();
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body));
        try
        {
            await next(context);
            await context.Response.BodyWriter.FlushAsync(CancellationToken.None);
        }
        catch
        {
            context.Features.Set(outer);
            await SettleAsync(scopeHash, bodyHash, owner, null);
            throw;
        }

        context.Features.Set(outer);
        var response = context.Response;
        var answer = new RememberedAnswer(response.StatusCode, response.ContentType, response.Headers.Location, body.ToArray());
        await SettleAsync(scopeHash, bodyHash, owner, IsFinal(answer.Status) ? answer : null);
        if (answer.Body.Length > 0)
            await response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }

    private static bool IsFinal(int status) =>
        status is < StatusCodes.Status500InternalServerError and not StatusCodes.Status401Unauthorized and not StatusCodes.Status429TooManyRequests;

    /// <summary>
    /// Keeps the answer or frees the key, even when the client has gone. Work that is done stays done when this fails: the client gets its answer, and the lease
    /// ends by itself.
    /// </summary>
    private async Task SettleAsync(string scopeHash, byte[] bodyHash, string owner, RememberedAnswer? answer)
    {
        using var timeout = new CancellationTokenSource(BookkeepingTimeout);
        try
        {
            if (answer is null)
                await store.ReleaseAsync(scopeHash, owner, timeout.Token);
            else
                await store.CompleteAsync(scopeHash, bodyHash, owner, answer, timeout.Token);
        }
        catch (Exception exception) when (exception is TableUnavailableException or OperationCanceledException)
        {
            Log.NotSettled(logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "An idempotency key could not be settled; its lease will end")]
        public static partial void NotSettled(ILogger logger, Exception exception);
    }
}

internal static class IdempotencySetup
{
    public static void AddIdempotencyKeys(this IServiceCollection services)
    {
        services.TryAddSingleton<Ids.IdGenerator>(provider => new Ids.IdGenerator(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<AnswerCipher>();
        services.AddSingleton<IdempotencyStore>();
    }
}
