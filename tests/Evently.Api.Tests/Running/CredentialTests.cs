using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Evently.Api.Tests.Running;

/// <summary>
/// Every kind of credentials that AWS hands to a process reaches the table's first request. The services are scripted; the table refuses, so that the start ends there.
/// </summary>
public sealed partial class CredentialTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> _keys = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("evently-credentials-").FullName;
    private WebApplication _aws = null!;

    private string Address => _aws.Urls.Single();

    public static TheoryData<string> Kinds => ["variables", "profile", "profile that assumes a role", "web identity", "container", "instance"];

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _aws = builder.Build();
        _aws.Run(AnswerAsync);
        await _aws.StartAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _aws.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Credentials_of_every_kind_sign_the_first_request(string kind)
    {
        var (variables, key) = Of(kind);
        var settings = new Dictionary<string, string?>
        {
            ["Evently__Storage__Engine"] = "dynamodb",
            ["Evently__Messaging__Transport"] = "sqs",
            ["AWS_ENDPOINT_URL_DYNAMODB"] = Address,
            ["AWS_ENDPOINT_URL_SQS"] = Address,
            ["AWS_ENDPOINT_URL_STS"] = Address,
            ["AWS_REGION"] = "eu-central-1",
            ["AWS_EC2_METADATA_DISABLED"] = "true",
            ["AWS_SHARED_CREDENTIALS_FILE"] = Write("credentials", ""),
            ["AWS_CONFIG_FILE"] = Write("config", ""),
            ["AWS_ACCESS_KEY_ID"] = null,
            ["AWS_SECRET_ACCESS_KEY"] = null,
            ["AWS_PROFILE"] = null,
            ["HTTP_PROXY"] = null,
            ["http_proxy"] = null,
        };
        foreach (var (name, value) in variables)
            settings[name] = value;

        var (exitCode, output) = await EventlyHost.FailToStartAsync(settings);

        Assert.True(exitCode == 2, output);
        Assert.Contains("The DynamoDB table 'Evently-Table' (Evently:Storage:TableName) can't be used: scripted refusal", output, StringComparison.Ordinal);
        Assert.Equal([key], _keys.Distinct());
    }

    private (Dictionary<string, string?> Variables, string Key) Of(string kind) => kind switch
    {
        "variables" => (new() { ["AWS_ACCESS_KEY_ID"] = "VARIABLES", ["AWS_SECRET_ACCESS_KEY"] = "s" }, "VARIABLES"),
        "profile" => (
            new() { ["AWS_PROFILE"] = "sales", ["AWS_SHARED_CREDENTIALS_FILE"] = Write("profile", "[sales]\naws_access_key_id = PROFILE\naws_secret_access_key = s\n") },
            "PROFILE"),
        "profile that assumes a role" => (
            new()
            {
                ["AWS_PROFILE"] = "sales",
                ["AWS_SHARED_CREDENTIALS_FILE"] = Write("role", "[base]\naws_access_key_id = BASE\naws_secret_access_key = s\n[sales]\nrole_arn = arn:aws:iam::000000000000:role/evently\nsource_profile = base\n"),
            },
            "ASSUMED"),
        "web identity" => (
            new() { ["AWS_ROLE_ARN"] = "arn:aws:iam::000000000000:role/evently", ["AWS_WEB_IDENTITY_TOKEN_FILE"] = Write("token", "a.b.c"), ["AWS_ROLE_SESSION_NAME"] = "evently" },
            "IDENTITY"),
        "container" => (new() { ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = $"{Address}/container" }, "CONTAINER"),
        "instance" => (new() { ["AWS_EC2_METADATA_DISABLED"] = "false", ["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = Address }, "INSTANCE"),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.Headers.ContainsKey("X-Amz-Target"))
        {
            _keys.Enqueue(Credential().Match(request.Headers.Authorization.ToString()).Groups[1].Value);
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync("""{"__type":"com.amazon.coral.service#AccessDeniedException","message":"scripted refusal"}""");
            return;
        }

        var body = await new StreamReader(request.Body).ReadToEndAsync();
        await context.Response.WriteAsync((request.Path.Value, body) switch
        {
            ("/container", _) => Json("CONTAINER"),
            ("/latest/api/token", _) => "token",
            ("/latest/meta-data/iam/security-credentials/" or "/latest/meta-data/iam/security-credentials", _) => "evently",
            ("/latest/meta-data/iam/security-credentials/evently", _) => Json("INSTANCE"),
            (_, var form) when form.Contains("Action=AssumeRoleWithWebIdentity", StringComparison.Ordinal) && form.Contains("a.b.c", StringComparison.Ordinal) => Xml("AssumeRoleWithWebIdentity", "IDENTITY"),
            (_, var form) when form.Contains("Action=AssumeRole", StringComparison.Ordinal) => Xml("AssumeRole", "ASSUMED"),
            _ => "",
        });
    }

    private static string Json(string key) =>
        $$"""{"Code":"Success","LastUpdated":"2026-01-01T00:00:00Z","Type":"AWS-HMAC","AccessKeyId":"{{key}}","SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z"}""";

    private static string Xml(string action, string key) =>
        $"""
        <{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>
        <Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
        <AssumedRoleUser><Arn>arn:aws:sts::000000000000:assumed-role/evently/evently</Arn><AssumedRoleId>A:evently</AssumedRoleId></AssumedRoleUser>
        </{action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>
        """;

    [GeneratedRegex("Credential=([^/]+)/")]
    private static partial Regex Credential();
}
