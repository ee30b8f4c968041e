using System.Net;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Amazon.SQS.Model;
using Evently.Shared.Configuration;
using Evently.Shared.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Configuration;

public sealed class StartPatienceTests
{
    private readonly FakeTimeProvider _time = new();
    private int _attempts;

    public static TheoryData<Exception> Passing =>
    [
        new HttpRequestException(HttpRequestError.ConnectionError, "refused"),
        new HttpRequestException(HttpRequestError.NameResolutionError, "no such host"),
        new IOException("reset"),
        new TaskCanceledException("no answer within 5 s"),
        new AmazonClientException("Unable to get IAM security credentials from EC2 Instance Metadata Service."),
        Service(HttpStatusCode.InternalServerError, "InternalFailure"),
        Service(HttpStatusCode.ServiceUnavailable, "ServiceUnavailable"),
        Service(HttpStatusCode.BadRequest, "ThrottlingException"),
        Service(HttpStatusCode.TooManyRequests, "TooManyRequests"),
        new QueueDoesNotExistException("too young"),
        new TableThrottledException("throttled"),
        new WriteOutcomeUnknownException("no answer", Service(HttpStatusCode.InternalServerError, "InternalServerError")),
    ];

    public static TheoryData<Exception> Lasting =>
    [
        Service(HttpStatusCode.BadRequest, "AccessDeniedException"),
        Service(HttpStatusCode.BadRequest, "UnrecognizedClientException"),
        Service(HttpStatusCode.Forbidden, "SignatureDoesNotMatch"),
        Service(HttpStatusCode.BadRequest, "ValidationException"),
        new TableUnavailableException("refused", Service(HttpStatusCode.BadRequest, "AccessDeniedException")),
    ];

    [Theory]
    [MemberData(nameof(Passing), DisableDiscoveryEnumeration = true)]
    public async Task What_passes_within_a_minute_is_waited_for(Exception failure)
    {
        Assert.Equal("served", await RunAsync(() => _attempts < 12 ? throw failure : "served"));
        Assert.Equal(12, _attempts);
    }

    [Theory]
    [MemberData(nameof(Passing), DisableDiscoveryEnumeration = true)]
    public async Task What_lasts_longer_than_a_minute_ends_the_start_with_a_sentence(Exception failure)
    {
        var started = _time.GetTimestamp();
        var end = await Assert.ThrowsAsync<ConfigurationException>(() => RunAsync(() => throw failure));

        Assert.StartsWith("The table 'X' can't be reached for 60 s: ", end.Message, StringComparison.Ordinal);
        Assert.EndsWith(failure.Message, end.Message, StringComparison.Ordinal);
        Assert.InRange(_time.GetElapsedTime(started).TotalSeconds, 60, 66);

        // The pauses grow: a fleet that starts into an outage does not add to it.
        Assert.InRange(_attempts, 15, 25);
    }

    [Theory]
    [MemberData(nameof(Lasting), DisableDiscoveryEnumeration = true)]
    public async Task What_will_not_pass_ends_the_start_at_once(Exception failure)
    {
        var end = await Assert.ThrowsAsync<ConfigurationException>(() => RunAsync(() => throw failure));

        Assert.Equal($"The table 'X' can't be used: {failure.Message}", end.Message);
        Assert.Equal(1, _attempts);
    }

    [Fact]
    public async Task A_bug_is_not_taken_for_an_outage() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(() => throw new InvalidOperationException("bug")));

    private static AmazonDynamoDBException Service(HttpStatusCode status, string code) => new AmazonDynamoDBException("scripted", ErrorType.Unknown, code, "request-1", status);

    private async Task<string> RunAsync(Func<string> attempt)
    {
        var running = new StartPatience(_time, NullLogger<StartPatience>.Instance).ForAsync(
            "The table 'X'",
            _ =>
            {
                _attempts++;
                return Task.FromResult(attempt());
            },
            TestContext.Current.CancellationToken);
        while (!running.IsCompleted)
            _time.Advance(TimeSpan.FromMilliseconds(250));
        return await running;
    }
}
