using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Evently.Host.Demo;

/// <summary>Calls this process's own public API, as any client would, and waits when told to.</summary>
internal sealed class DemoClient(HttpClient http, TimeProvider time)
{
    private const int MaxAttempts = 20;
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public string? Token { get; set; }

    public Task<(HttpStatusCode Status, JsonNode? Body)> GetAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, path, null, cancellationToken);

    public Task<(HttpStatusCode Status, JsonNode? Body)> PostAsync(string path, object body, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, path, body, cancellationToken);

    public Task<(HttpStatusCode Status, JsonNode? Body)> PutAsync(string path, object body, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Put, path, body, cancellationToken);

    /// <summary>The token of an account; null when the password is wrong.</summary>
    public async Task<string?> LogInAsync(string email, CancellationToken cancellationToken)
    {
        var (status, body) = await PostAsync("/user/token", new { email, DemoAccounts.Password }, cancellationToken);
        return status == HttpStatusCode.OK ? body!["access_token"]!.GetValue<string>() : null;
    }

    private async Task<(HttpStatusCode Status, JsonNode? Body)> SendAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null)
                request.Content = JsonContent.Create(body, body.GetType(), options: Json);
            if (Token is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
            using var response = await http.SendAsync(request, cancellationToken);
            if (response.Headers.RetryAfter?.Delta is { } wait && attempt < MaxAttempts)
            {
                await Task.Delay(wait, time, cancellationToken);
                continue;
            }

            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            return (response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
        }
    }
}
