using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Evently.Shared.Tests.Http;

public sealed class JsonBodies(HttpAppFixture fixture) : IClassFixture<HttpAppFixture>
{
    private readonly HttpApp _app = fixture.App;

    [Fact]
    public async Task A_body_is_read_and_answered_in_snake_case_with_times_in_utc()
    {
        var answer = await _app.PostAsync("/tickets", """{"name":"a","count":2,"at":"2030-05-01T20:00:00.5+02:00","colour":"sky_blue","price":45.50}""");
        Assert.Equal("""{"name":"a","count":2,"at":"2030-05-01T18:00:00.5Z","colour":"sky_blue","price":45.50}""", await Text(answer));
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    [Theory]
    [InlineData("""{"name":"a","count":1,"owner":"me"}""", "unknown_field", "owner")]
    [InlineData("""{"name":"a","count":1,"Name":"b"}""", "unknown_field", "Name")]
    [InlineData("""{"name":"a","name":"b","count":1}""", "duplicate_field", "name")]
    public async Task Unknown_and_repeated_members_are_named(string body, string code, string field)
    {
        var problem = await (await _app.PostAsync("/tickets", body)).ProblemAsync(400, code);
        Assert.Equal(field, problem["field"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"name":"a","count":"1"}""", "count")]
    [InlineData("""{"name":"a","count":1.5}""", "count")]
    [InlineData("""{"name":"a","count":99999999999}""", "count")]
    [InlineData("""{"name":"a","count":1e400}""", "count")]
    [InlineData("""{"name":5,"count":1}""", "name")]
    [InlineData("""{"name":null,"count":1}""", "name")]
    [InlineData("""{"name":"\ud800","count":1}""", "name")]
    [InlineData("""{"name":"a","count":1,"colour":"green"}""", "colour")]
    [InlineData("""{"name":"a","count":1,"colour":1}""", "colour")]
    [InlineData("""{"name":"a","count":1,"at":"2030-05-01"}""", "at")]
    [InlineData("""{"name":"a","count":1,"at":"2030-05-01T20:00:00"}""", "at")]
    [InlineData("""{"name":"a","count":1,"at":"0001-01-01T00:00:00Z"}""", "at")]
    [InlineData("""{"name":"a","count":1,"at":"9999-12-31T23:59:59-14:00"}""", "at")]
    [InlineData("""{"name":"a","count":1,"at":5}""", "at")]
    public async Task A_value_of_the_wrong_kind_is_a_validation_error_of_its_field(string body, string field)
    {
        var problem = await (await _app.PostAsync("/tickets", body)).ProblemAsync(400, "validation_failed");
        Assert.Equal([field], problem["errors"]!.AsObject().Select(error => error.Key));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"name":"a",}""")]
    [InlineData("""{'name':'a'}""")]
    [InlineData("""["a"]""")]
    [InlineData("5")]
    [InlineData("// comment\n{}")]
    public async Task What_is_not_json_of_the_right_shape_is_malformed(string body) =>
        await (await _app.PostAsync("/tickets", body)).ProblemAsync(400, "malformed_json");

    [Fact]
    public async Task A_depth_of_ten_thousand_is_refused()
    {
        var body = new StringBuilder().Insert(0, "{\"name\":", 10_000).Append('1').Append('}', 10_000).ToString();
        using var answer = await _app.PostAsync("/tickets", body[..Math.Min(body.Length, 60_000)]);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Bytes_that_are_no_utf8_are_refused()
    {
        using var content = new ByteArrayContent([.. "{\"name\":\""u8, 0xC3, 0x28, .. "\",\"count\":1}"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await _app.Http.PostAsync("/tickets", content, TestContext.Current.CancellationToken);
        await answer.ProblemAsync(400, "validation_failed");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    public async Task A_missing_body_is_asked_for(string body) =>
        await (await _app.PostAsync("/tickets", body)).ProblemAsync(400, "body_required");

    [Fact]
    public async Task Another_content_type_is_unsupported()
    {
        using var content = new StringContent("name=a", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var answer = await _app.Http.PostAsync("/tickets", content, TestContext.Current.CancellationToken);
        await answer.ProblemAsync(415, "unsupported_media_type");
    }

    [Fact]
    public async Task A_call_without_a_body_works_with_and_without_a_content_type()
    {
        using var bare = await _app.Http.PostAsync("/secrets", null, TestContext.Current.CancellationToken);
        using var typed = await _app.PostAsync("/secrets", "");
        Assert.Equal(HttpStatusCode.OK, bare.StatusCode);
        Assert.Equal(HttpStatusCode.OK, typed.StatusCode);
    }

    [Fact]
    public async Task Ten_megabytes_are_too_much_and_the_sender_reads_so()
    {
        using var announced = await _app.PostAsync("/tickets", new string(' ', 10_000_000));
        await announced.ProblemAsync(413, "payload_too_large");
    }

    [Fact]
    public async Task A_body_of_unannounced_length_is_bounded_too()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/tickets") { Content = HttpApp.Json(new string(' ', 100_000)) };
        request.Headers.TransferEncodingChunked = true;
        using var answer = await _app.Http.SendAsync(request, TestContext.Current.CancellationToken);
        await answer.ProblemAsync(413, "payload_too_large");
    }

    [Fact]
    public async Task An_endpoint_may_raise_the_bound()
    {
        using var within = await _app.PostAsync("/uploads", new string(' ', 1_000_000));
        Assert.Equal(HttpStatusCode.OK, within.StatusCode);
        using var beyond = await _app.PostAsync("/uploads", new string(' ', 1_100_000));
        await beyond.ProblemAsync(413, "payload_too_large");
    }

    private static Task<string> Text(HttpResponseMessage answer) => answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
}
