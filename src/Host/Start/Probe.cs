namespace Evently.Host.Start;

/// <summary>
/// <c>--probe URL</c>: asks a running process whether it is well instead of starting one. A container's health check, for images without a shell or curl.
/// </summary>
internal static class Probe
{
    public const string Switch = "--probe";
    public const int Well = 0;
    public const int Unwell = 1;

    /// <summary>Shorter than the time that a health check commonly has.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(4);

    public static bool IsAsked(string[] args) => args is [Switch, ..];

    /// <returns><see cref="Well"/> when the address answers with success within the bound, else <see cref="Unwell"/>, with a sentence on the error output.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [_, var text] || !Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            return await SayAsync($"{Switch} needs one address, such as {Switch} http://localhost:8080/health/live.");
        try
        {
            // The address is this machine's own; a proxy that is configured for the process leads elsewhere.
            using var direct = new SocketsHttpHandler { UseProxy = false };
            using var http = new HttpClient(direct) { Timeout = Bound };
            using var answer = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead);
            return answer.IsSuccessStatusCode ? Well : await SayAsync($"{address} answers {(int)answer.StatusCode}.");
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return await SayAsync($"{address} does not answer: {exception.Message}");
        }
    }

    private static async Task<int> SayAsync(string sentence)
    {
        await Console.Error.WriteLineAsync(sentence);
        return Unwell;
    }
}
