using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Evently.Api.Tests.Driver;

/// <summary>Calls one host, as one user or as nobody. Bodies are written as they are: members are named as on the wire.</summary>
/// <param name="log">What the host has logged, shown with failures that are its own.</param>
public sealed class ApiClient(HttpClient http, string? token = null, Func<string>? log = null)
{
    public string? Token => token;

    public ApiClient With(string? otherToken) => new(http, otherToken, log);

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public Task<Answer> PostAsync(string path, object? body = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, body is null ? null : Json(JsonSerializer.Serialize(body)), headers);

    public Task<Answer> PutAsync(string path, object body) => SendAsync(HttpMethod.Put, path, Json(JsonSerializer.Serialize(body)));

    public Task<Answer> PatchAsync(string path, object body) => SendAsync(HttpMethod.Patch, path, Json(JsonSerializer.Serialize(body)));

    /// <summary>Posts JSON that no serializer would write.</summary>
    public Task<Answer> PostTextAsync(string path, string json, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Post, path, Json(json), headers);

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await SendAsync(request);
    }

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        if (token is not null && request.Headers.Authorization is null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var started = Stopwatch.GetTimestamp();
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Answer($"{request.Method} {request.RequestUri}", response, text, Stopwatch.GetElapsedTime(started), log);
    }

    /// <summary>All pages of a list, by its Link headers.</summary>
    public async Task<IReadOnlyList<JsonElement>> AllAsync(string path)
    {
        const int MaxPages = 1_000;
        var all = new List<JsonElement>();
        for (var (next, pages) = (path, 0); next is not null; pages++)
        {
            Assert.True(pages < MaxPages, $"{path} has more than {MaxPages} pages.");
            var page = (await GetAsync(next)).Is(200);
            all.AddRange(page.List());
            next = page.Next;
        }

        return all;
    }

    public static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");
}
