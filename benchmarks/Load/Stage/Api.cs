using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Evently.Load.Stage;

/// <summary>Calls a host as one user, for what comes before and after a measurement. Members are written as they are on the wire.</summary>
/// <param name="token">Null: nobody's.</param>
internal sealed class Api(HttpClient http, string? token)
{
    /// <summary>A host under load may ask to come again; this often it is asked.</summary>
    private const int MaxAttempts = 30;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.General);

    public Task<JsonNode> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public Task<JsonNode> PostAsync(string path, object body) => SendAsync(HttpMethod.Post, path, body);

    /// <summary>The token of this account.</summary>
    public static async Task<string> SignInAsync(HttpClient http, string email, string password) =>
        (await new Api(http, null).PostAsync("/user/token", new { email, password }))["access_token"]!.GetValue<string>();

    private async Task<JsonNode> SendAsync(HttpMethod method, string path, object? body)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null)
                request.Content = JsonContent.Create(body, body.GetType(), options: Json);
            if (token is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            if (response.IsSuccessStatusCode)
                return JsonNode.Parse(text)!;
            if (response.StatusCode is not HttpStatusCode.ServiceUnavailable || attempt == MaxAttempts)
                throw new InvalidOperationException($"{method} {path}: {(int)response.StatusCode} {text}");
            await Task.Delay(Pause, TimeProvider.System);
        }
    }
}
