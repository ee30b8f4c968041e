using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.SQS;
using Evently.Shared.Messaging.Sqs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Messaging.Queues;

/// <summary>A service that answers each operation as it is told, below the real client: what the SQS server does not have (moving dead letters) or never does.</summary>
internal sealed class ScriptedSqs : HttpMessageHandler
{
    private const string Url = "http://scripted.invalid/000000000000/";
    private readonly Dictionary<string, Func<JsonElement, (HttpStatusCode, string)>> _answers = new(StringComparer.Ordinal);

    public List<(string Operation, JsonElement Body)> Requests { get; } = [];

    public IEnumerable<string> Operations => Requests.Select(request => request.Operation);

    public ScriptedSqs On(string operation, Func<JsonElement, string> answer)
    {
        _answers[operation] = request => (HttpStatusCode.OK, answer(request));
        return this;
    }

    public ScriptedSqs Refuse(string operation, string code) => OnOrRefuse(operation, code, _ => null);

    /// <summary>Refuses what the script has no answer for.</summary>
    public ScriptedSqs OnOrRefuse(string operation, string code, Func<JsonElement, string?> answer)
    {
        _answers[operation] = request => answer(request) is { } body
            ? (HttpStatusCode.OK, body)
            : (HttpStatusCode.BadRequest, $$"""{"__type":"com.amazonaws.sqs#{{code}}","message":"scripted"}""");
        return this;
    }

    public AmazonSQSClient Client() => new(SqsTransport.Configure(new AmazonSQSConfig
    {
        ServiceURL = "http://scripted.invalid",
        AuthenticationRegion = "eu-central-1",
        DefaultAWSCredentials = new BasicAWSCredentials("scripted", "scripted"),
        HttpClientFactory = new Factory(this),
    }));

    public static SqsQueue Queue(IAmazonSQS client) =>
        new("evently-test", client, Url + "evently-test", Url + "evently-test-dead", "arn:aws:sqs:eu-central-1:000000000000:evently-test-dead", TimeProvider.System, NullLogger<SqsQueue>.Instance);

    /// <summary>The answer to a receive; each message has the body <c>{}</c>.</summary>
    public static string Received(int count) => count == 0
        ? "{}"
        : $$$"""{"Messages":[{"MessageId":"m","ReceiptHandle":"r","Body":"{}","MD5OfBody":"{{{Hash("{}")}}}","Attributes":{"ApproximateReceiveCount":"1","SentTimestamp":"1"}}]}""";

    /// <summary>The answer to a batch that was taken whole.</summary>
    public static string Sent(JsonElement request) => JsonSerializer.Serialize(new
    {
        Successful = request.GetProperty("Entries").EnumerateArray().Select(entry => new
        {
            Id = entry.GetProperty("Id").GetString(),
            MessageId = "m",
            MD5OfMessageBody = Hash(entry.GetProperty("MessageBody").GetString()!),
        }),
        Failed = Array.Empty<object>(),
    });

#pragma warning disable CA5351 // SQS's own checksum.
    private static string Hash(string body) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(body)));
#pragma warning restore CA5351

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var operation = request.Headers.GetValues("X-Amz-Target").Single().Split('.')[^1];
        var body = JsonDocument.Parse(await request.Content!.ReadAsStringAsync(cancellationToken)).RootElement;
        Requests.Add((operation, body));
        if (!_answers.TryGetValue(operation, out var answer))
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "lost");
        var (status, text) = answer(body);
        return new HttpResponseMessage(status) { Content = new StringContent(text, Encoding.UTF8, "application/x-amz-json-1.0") };
    }

    private sealed class Factory(HttpMessageHandler handler) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(handler, disposeHandler: false);

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;
    }
}
