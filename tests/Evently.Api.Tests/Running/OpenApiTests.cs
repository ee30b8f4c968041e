using System.Text.RegularExpressions;
using Microsoft.OpenApi;

namespace Evently.Api.Tests.Running;

public sealed partial class OpenApiTests(SharedHost shared)
{
    private static readonly HashSet<string> Public =
    [
        "GET /venue", "GET /venue/{}", "GET /venue/{}/seats", "GET /events", "GET /events/{}", "GET /events/{}/seats", "POST /user", "POST /user/token", "POST /user/guest",
        "POST /user/password-reset", "POST /user/password-reset/confirm", "POST /user/email-proof/confirm",
    ];

    private readonly World _world = shared.World;

    /// <summary>Every call of the contract with its answer and the errors that it names.</summary>
    public static TheoryData<string, int, string> Calls => new()
    {
        { "POST /user", 201, "409 email_taken" },
        { "POST /user/token", 200, "401 invalid_credentials" },
        { "POST /user/password-reset", 202, "429 too_many_mails, 400 validation_failed" },
        { "POST /user/password-reset/confirm", 204, "400 token_invalid, 400 password_too_common" },
        { "POST /user/email-proof", 202, "429 too_many_mails" },
        { "POST /user/email-proof/confirm", 204, "400 token_invalid" },
        { "POST /user/guest", 201, "429 too_many_guests" },
        { "GET /user/{}", 200, "404 user_not_found" },
        { "GET /user/{}/bookings", 200, "404 user_not_found" },
        { "PUT /user/{}/roles", 200, "404 user_not_found" },
        { "GET /user/me", 200, "404 user_not_found" },
        { "PATCH /user/{}", 200, "404 user_not_found, 400 validation_failed" },
        { "PUT /user/{}/password", 204, "400 password_too_common, 401 invalid_credentials" },
        { "PUT /user/{}/seller", 200, "404 user_not_found" },
        { "GET /user/{}/export", 200, "404 user_not_found" },
        { "DELETE /user/{}", 204, "409 has_upcoming_bookings" },
        { "GET /user/{}/holdings", 200, "404 user_not_found" },
        { "POST /venue", 201, "" },
        { "GET /venue", 200, "" },
        { "GET /venue/{}", 200, "404 venue_not_found" },
        { "POST /venue/{}/seats", 201, "409 seat_exists, 400 unknown_seat_type, 404 venue_not_found" },
        { "GET /venue/{}/seats", 200, "404 venue_not_found" },
        { "DELETE /venue/{}/seats", 200, "403 not_owner, 404 venue_not_found, 400 unknown_seats" },
        { "POST /events", 201, "404 venue_not_found, 400 seat_type_not_priced, 400 unknown_seat_type" },
        { "GET /events", 200, "400 validation_failed" },
        { "GET /events/{}", 200, "404 event_not_found" },
        { "PATCH /events/{}", 200, "404 event_not_found" },
        { "POST /events/{}/publish", 200, "404 event_not_found" },
        { "POST /events/{}/cancel", 200, "404 event_not_found" },
        { "GET /events/{}/seats", 200, "404 event_not_found" },
        {
            "POST /events/{}/hold", 201,
            "400 unknown_seats, 400 no_seats, 400 too_many_seats, 404 event_not_found, 409 seats_unavailable, 409 sales_not_open, 409 sales_closed, 409 event_cancelled, 409 user_seat_limit, 429 hold_limit"
        },
        { "GET /holdings/{}", 200, "404 holding_not_found" },
        { "POST /{}/confirm", 200, "402 payment_declined, 410 hold_expired, 404 holding_not_found, 409 hold_cancelled, 409 event_cancelled" },
        { "POST /{}/cancel", 200, "409 already_confirmed, 410 hold_expired, 409 booking_already_cancelled" },
        { "GET /bookings/{}", 200, "404 booking_not_found" },
        { "POST /bookings/{}/cancel", 200, "409 booking_already_cancelled, 409 not_cancellable, 404 booking_not_found" },
        { "GET /simulator/payments", 200, "403 forbidden" },
        { "GET /events/{}/analytics", 200, "404 event_not_found" },
        { "GET /events/{}/analytics/timeline", 200, "404 event_not_found" },
        { "GET /events/{}/seats/analytics", 200, "404 event_not_found" },
        { "GET /analytics/events", 200, "403 forbidden" },
        { "GET /user/{}/analytics", 200, "404 user_not_found" },
        { "GET /support/bookings", 200, "403 forbidden" },
        { "GET /support/bookings/{}", 200, "404 booking_not_found, 403 forbidden" },
        { "POST /support/bookings/{}/actions", 200, "404 booking_not_found, 403 forbidden" },
        { "GET /support/queues", 200, "403 forbidden" },
        { "POST /support/queues/{}/redrive", 200, "403 forbidden" },
        { "GET /support/ledger/{}", 200, "404 event_not_found, 403 forbidden" },
    };

    [Fact]
    public async Task The_document_is_valid_openapi_3_1()
    {
        var read = await ReadAsync();

        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, read.Diagnostic!.SpecificationVersion);
        Assert.Empty(read.Diagnostic.Errors.Select(error => error.ToString()));
        Assert.Empty(read.Diagnostic.Warnings.Select(warning => warning.ToString()));
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_call_is_described_with_answer_errors_and_security(string call, int success, string errors)
    {
        var operation = (await OperationsAsync()).GetValueOrDefault(call);
        Assert.True(operation is not null, $"{call} is not in the document.");

        Assert.False(string.IsNullOrEmpty(operation.OperationId), "no operation id");
        Assert.False(string.IsNullOrEmpty(operation.Summary), "no summary");
        var answer = operation.Responses![$"{success}"];
        Assert.True(success is 202 or 204 || answer.Content is { Count: > 0 } content && content.Values.All(media => media.Schema is not null), $"{call} has no schema for {success}.");
        foreach (var error in errors.Split(", ", StringSplitOptions.RemoveEmptyEntries))
        {
            var (status, code) = (error[..3], error[4..]);
            Assert.True(operation.Responses!.ContainsKey(status), $"{call} lacks {error}.");
            var text = await Text(operation.Responses![status]);
            Assert.True(text.Contains(code, StringComparison.Ordinal), $"{call} lacks {error}: {text}");
            Assert.True(operation.Responses![status].Content!.ContainsKey("application/problem+json"), $"{call} answers {status} with something else than a problem.");
        }

        Assert.Equal(!Public.Contains(call), operation.Security is { Count: > 0 });
        if (!Public.Contains(call))
            Assert.True(operation.Responses!.ContainsKey("401"), $"{call} lacks 401.");
    }

    [Theory]
    [InlineData("POST /user")]
    [InlineData("POST /user/token")]
    [InlineData("PUT /user/{}/roles")]
    [InlineData("POST /venue")]
    [InlineData("POST /venue/{}/seats")]
    [InlineData("POST /events")]
    [InlineData("PATCH /events/{}")]
    [InlineData("POST /events/{}/hold")]
    [InlineData("POST /{}/confirm")]
    [InlineData("POST /support/bookings/{}/actions")]
    public async Task A_body_has_a_schema(string call)
    {
        var body = (await OperationsAsync())[call].RequestBody;

        Assert.NotNull(body?.Content?["application/json"].Schema);
    }

    [Fact]
    public async Task Every_operation_id_is_there_once()
    {
        var ids = (await OperationsAsync()).Values.Select(operation => operation.OperationId).ToList();

        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public async Task Nothing_is_served_that_the_contract_does_not_name()
    {
        HashSet<string> known = [.. Calls.Select(call => call.Data.Item1), "GET /health", "GET /health/live", "GET /health/ready", "GET /db-test"];

        Assert.Empty((await OperationsAsync()).Keys.Except(known));
    }

    private static async Task<string> Text(IOpenApiResponse response)
    {
        await using var writer = new StringWriter();
        response.SerializeAsV31(new OpenApiJsonWriter(writer));
        return writer.ToString();
    }

    private async Task<Microsoft.OpenApi.Reader.ReadResult> ReadAsync() =>
        OpenApiDocument.Parse((await _world.Anonymous.GetAsync("/openapi/v1.json")).Is(200).Text, "json");

    private async Task<Dictionary<string, OpenApiOperation>> OperationsAsync() =>
        (await ReadAsync()).Document!.Paths
            .SelectMany(path => path.Value.Operations!.Select(operation => (Call: $"{operation.Key.Method} {Parameter().Replace(path.Key, "{}")}", operation.Value)))
            .ToDictionary(operation => operation.Call, operation => operation.Value);

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
