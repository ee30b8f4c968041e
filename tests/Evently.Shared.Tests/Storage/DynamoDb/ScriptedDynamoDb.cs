using System.Net;
using System.Text;
using System.Text.Json;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Evently.Shared.Storage.DynamoDb;

namespace Evently.Shared.Tests.Storage.DynamoDb;

/// <summary>
/// A service that answers as it is told, below the real client: what DynamoDB Local never does (conflicts, throttling, lost answers, unprocessed items,
/// the item that refused).
/// </summary>
internal sealed class ScriptedDynamoDb : HttpMessageHandler
{
    private readonly Queue<Func<HttpResponseMessage>> _answers = new();

    public List<JsonElement> Requests { get; } = [];

    public List<string> Operations { get; } = [];

    /// <summary>Given when the script is over.</summary>
    public Func<HttpResponseMessage> Otherwise { get; set; } = () => throw new InvalidOperationException("The script is over.");

    public static Func<HttpResponseMessage> Ok(string body = "{}") => () => Respond(HttpStatusCode.OK, body);

    public static Func<HttpResponseMessage> Error(string code, string more = "", HttpStatusCode status = HttpStatusCode.BadRequest) =>
        () => Respond(status, $$"""{"__type":"com.amazonaws.dynamodb.v20120810#{{code}}","message":"scripted"{{more}}}""");

    /// <summary>A cancelled transaction with one reason a write; a reason may be followed by <c>:</c> and the refusing item's JSON.</summary>
    public static Func<HttpResponseMessage> Cancelled(params string[] reasons) => Error(
        "TransactionCanceledException",
        $""","CancellationReasons":[{string.Join(',', reasons.Select(Reason))}]""");

    /// <summary>The request may have arrived; its answer did not.</summary>
    public static Func<HttpResponseMessage> LostAnswer() => () => throw new HttpRequestException(HttpRequestError.ResponseEnded, "lost");

    public static Func<HttpResponseMessage> Unreachable() => () => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");

    public ScriptedDynamoDb Then(params Func<HttpResponseMessage>[] answers)
    {
        foreach (var answer in answers)
            _answers.Enqueue(answer);
        return this;
    }

    public AmazonDynamoDBClient Client() => new(Config());

    /// <summary>For a client of one's own.</summary>
    public AmazonDynamoDBConfig Config() => DynamoDbClient.Configure(new AmazonDynamoDBConfig
    {
        ServiceURL = "http://scripted.invalid",
        AuthenticationRegion = "eu-central-1",
        DefaultAWSCredentials = new BasicAWSCredentials("scripted", "scripted"),
        HttpClientFactory = new Factory(this),
    });

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Operations.Add(request.Headers.GetValues("X-Amz-Target").Single().Split('.')[^1]);
        Requests.Add(JsonDocument.Parse(await request.Content!.ReadAsStringAsync(cancellationToken)).RootElement);
        return (_answers.TryDequeue(out var answer) ? answer : Otherwise)();
    }

    private static string Reason(string reason) => reason.Split(':', 2) is [var code, var item]
        ? $$"""{"Code":"{{code}}","Message":"scripted","Item":{{item}}}"""
        : $$"""{"Code":"{{reason}}","Message":"scripted"}""";

    private static HttpResponseMessage Respond(HttpStatusCode status, string body) =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, "application/x-amz-json-1.0"), Headers = { { "x-amzn-RequestId", "request-1" } } };

    private sealed class Factory(HttpMessageHandler handler) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(handler, disposeHandler: false);

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;
    }
}
