using System.Text.Json.Nodes;

namespace Evently.Api.Cloud.Tests.Faults;

/// <summary>A request of the AWS SDK in AWS's JSON protocol.</summary>
/// <param name="Operation">Such as <c>TransactWriteItems</c>.</param>
internal sealed record AwsCall(string Operation, string ContentType, byte[] Body)
{
    public JsonObject Json() => JsonNode.Parse(Body)!.AsObject();

    public AwsCall With(JsonObject body) => this with { Body = System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()) };
}

/// <summary>What the emulator answered, or what is answered in its place.</summary>
internal sealed record AwsAnswer(int Status, string ContentType, byte[] Body)
{
    private const int BadRequest = 400;

    public JsonObject Json() => JsonNode.Parse(Body)!.AsObject();

    public bool IsSuccess => Status == 200;

    public AwsAnswer With(JsonObject body) => this with { Body = System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()) };

    public static AwsAnswer Error(AwsCall call, string type, string message, int status = BadRequest, Action<JsonObject>? more = null)
    {
        var body = new JsonObject { ["__type"] = type, ["message"] = message };
        more?.Invoke(body);
        return new AwsAnswer(status, call.ContentType, System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()));
    }
}
