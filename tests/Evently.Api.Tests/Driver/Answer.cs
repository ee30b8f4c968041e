using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Evently.Api.Tests.Driver;

/// <summary>An HTTP answer, read to its end, with assertions whose failures tell the call and the body.</summary>
public sealed partial class Answer(string call, HttpResponseMessage response, string text, TimeSpan took, Func<string>? log = null)
{
    private const int LogCharacters = 4_000;

    private readonly Dictionary<string, string> _headers = response.Headers.Concat(response.Content.Headers)
        .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);

    private JsonDocument? _document;

    public int Status { get; } = (int)response.StatusCode;

    public string Text => text;

    public TimeSpan Took => took;

    public string? ContentType => Header("Content-Type")?.Split(';')[0];

    public JsonElement Json => (_document ??= Parse()).RootElement;

    public JsonElement this[string member] => Json.TryGetProperty(member, out var value)
        ? value
        : throw new Xunit.Sdk.XunitException($"{this}\nhas no member '{member}'.");

    public string? Header(string name) => _headers.GetValueOrDefault(name);

    public string String(string member) => this[member].GetString() ?? throw new Xunit.Sdk.XunitException($"{this}\nhas null in '{member}'.");

    public decimal Number(string member) => this[member].GetDecimal();

    public IReadOnlyList<JsonElement> List()
    {
        if (Json.ValueKind != JsonValueKind.Array)
            Assert.Fail($"{this}\nis not an array.");
        return [.. Json.EnumerateArray()];
    }

    /// <summary>Asserts the status and answers itself, so that calls chain.</summary>
    public Answer Is(int status)
    {
        if (Status != status)
            Assert.Fail($"Expected {status.ToString(CultureInfo.InvariantCulture)} of {this}");
        return this;
    }

    public Answer IsJson(int status)
    {
        Is(status);
        if (ContentType != "application/json")
            Assert.Fail($"Expected application/json of {this}");
        return this;
    }

    /// <summary>Asserts a problem document with all that the contract promises of one.</summary>
    public Answer IsProblem(int status, string code)
    {
        IsProblem(status);
        if (String("code") != code)
            Assert.Fail($"Expected the code {code} of {this}");
        return this;
    }

    public Answer IsProblem(int status)
    {
        Is(status);
        if (ContentType != "application/problem+json")
            Assert.Fail($"Expected a problem document of {this}");
        Assert.Equal(status, this["status"].GetInt32());
        Assert.Matches(Code(), String("code"));
        Assert.NotEmpty(String("type"));
        Assert.NotEmpty(String("title"));
        Assert.NotEmpty(String("trace_id"));
        Assert.Matches(Sentence(), String("detail"));
        foreach (var inside in (string[])["Exception", "   at ", "Evently.", "Microsoft.", "System.", "SQLite", ".cs:"])
            Assert.DoesNotContain(inside, Text, StringComparison.Ordinal);
        if (status is 429 or 503 && Header("Retry-After") is null)
            Assert.Fail($"Expected Retry-After with {this}");
        return this;
    }

    /// <summary>Asserts a 400 <c>validation_failed</c> that names the field.</summary>
    public Answer IsInvalid(string field)
    {
        IsProblem(400, "validation_failed");
        var errors = this["errors"];
        if (!errors.EnumerateObject().Any(error => error.Name.StartsWith(field, StringComparison.Ordinal) && error.Value.GetArrayLength() > 0))
            Assert.Fail($"Expected an error on {field} of {this}");
        return this;
    }

    /// <summary>Some clear refusal of what a client sent.</summary>
    public Answer IsClientError()
    {
        if (Status is < 400 or > 499)
            Assert.Fail($"Expected a 4xx of {this}");
        return IsProblem(Status);
    }

    /// <summary>The <c>rel="next"</c> address, or null on the last page.</summary>
    public string? Next => Header("Link") is { } link && NextLink().Match(link) is { Success: true } match ? match.Groups[1].Value : null;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{call} → {Status} {ContentType} after {took.TotalMilliseconds:F0} ms: {(text.Length > 2_000 ? text[..2_000] + "…" : text)}{Logged}");

    private string Logged => Status >= 500 && log?.Invoke() is { Length: > 0 } lines ? "\nIts log ends:\n" + (lines.Length > LogCharacters ? lines[^LogCharacters..] : lines) : "";

    [GeneratedRegex("^[a-z][a-z0-9_]*$")]
    private static partial Regex Code();

    [GeneratedRegex(@"^['\p{Lu}\d].*[.!?]$", RegexOptions.Singleline)]
    private static partial Regex Sentence();

    [GeneratedRegex("<([^>]+)>; *rel=\"next\"")]
    private static partial Regex NextLink();

    private JsonDocument Parse()
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            throw new Xunit.Sdk.XunitException($"Not JSON: {this}");
        }
    }
}
