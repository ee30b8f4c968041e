using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Evently.Api.Cloud.Tests.Faults;

/// <summary>Stands between the hosts and an emulator, and does to a share of the calls what AWS does to few.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private const string TargetHeader = "X-Amz-Target";
    private readonly WebApplication _server;
    private readonly HttpClient _emulator;
    private readonly AwsFaults _faults;

    private FaultProxy(WebApplication server, Uri emulator, AwsFaults faults)
    {
        _server = server;
        _faults = faults;
        _emulator = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = emulator, Timeout = TimeSpan.FromSeconds(60) };
        server.Run(PassAsync);
    }

    public Uri Address => new(_server.Urls.Single());

    public static async Task<FaultProxy> StartAsync(Uri emulator, AwsFaults faults)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var proxy = new FaultProxy(builder.Build(), emulator, faults);
        await proxy._server.StartAsync(CancellationToken.None);
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _emulator.Dispose();
    }

    private async Task PassAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var target = context.Request.Headers[TargetHeader].ToString();
        var call = new AwsCall(target[(target.LastIndexOf('.') + 1)..], context.Request.ContentType!, body.ToArray());
        var answer = await _faults.AnswerAsync(call, changed => ForwardAsync(context.Request, changed, context.RequestAborted));
        if (answer is null)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType;
        await context.Response.Body.WriteAsync(answer.Body);
    }

    /// <param name="cancellationToken">The caller has gone: a long poll of his must not take messages any more.</param>
    private async Task<AwsAnswer> ForwardAsync(HttpRequest original, AwsCall call, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, original.Path) { Content = new ByteArrayContent(call.Body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", call.ContentType);
        foreach (var name in (string[])[TargetHeader, "Authorization", "X-Amz-Date", "X-Amz-Content-SHA256"])
        {
            if (original.Headers.TryGetValue(name, out var value))
                request.Headers.TryAddWithoutValidation(name, value.ToString());
        }

        using var answer = await _emulator.SendAsync(request, cancellationToken);
        return new AwsAnswer(
            (int)answer.StatusCode, answer.Content.Headers.ContentType?.ToString() ?? call.ContentType, await answer.Content.ReadAsByteArrayAsync(cancellationToken));
    }
}
