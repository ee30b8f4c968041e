using System.Text.Json.Nodes;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Evently.Shared.Tests.Http;

public sealed class ApiDocuments(HttpAppFixture fixture) : IClassFixture<HttpAppFixture>, IAsyncLifetime
{
    private JsonNode _document = null!;

    public async ValueTask InitializeAsync() => _document = await (await fixture.App.SendAsync(HttpMethod.Get, "/openapi/v1.json")).JsonAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public void It_is_of_version_3_1() => Assert.StartsWith("3.1", _document["openapi"]!.GetValue<string>(), StringComparison.Ordinal);

    [Fact]
    public void An_operation_has_its_name_tag_and_idempotency_key()
    {
        var operation = _document["paths"]!["/tickets"]!["post"]!;
        Assert.Equal("create_ticket", operation["operationId"]!.GetValue<string>());
        Assert.Equal("Tickets", operation["tags"]![0]!.GetValue<string>());
        Assert.Contains(operation["parameters"]!.AsArray(), parameter => parameter!["name"]!.GetValue<string>() == "Idempotency-Key");
    }

    [Fact]
    public void Every_error_names_its_codes()
    {
        var responses = _document["paths"]!["/tickets"]!["post"]!["responses"]!;
        Assert.Equal(["idempotency_key_in_flight", "ticket_exists"], Codes(responses["409"]!));
        Assert.Contains("unknown_field", Codes(responses["400"]!));
        Assert.Equal(["rate_limited"], Codes(responses["429"]!));
        Assert.NotNull(responses["201"]!["headers"]!["Location"]);
    }

    [Fact]
    public void Only_what_needs_a_token_says_so()
    {
        Assert.Null(_document["paths"]!["/tickets"]!["get"]!["security"]);
        Assert.NotNull(_document["paths"]!["/staff"]!["get"]!["security"]![0]!["bearer"]);
        Assert.NotNull(_document["paths"]!["/staff"]!["get"]!["responses"]!["403"]);
        Assert.Null(_document["paths"]!["/me"]!["get"]!["responses"]!["403"]);
        Assert.Equal("http", _document["components"]!["securitySchemes"]!["bearer"]!["type"]!.GetValue<string>());
    }

    [Fact]
    public void A_list_has_its_paging_and_the_link_to_the_next_page()
    {
        var list = _document["paths"]!["/tickets"]!["get"]!;
        Assert.Equal(["cursor", "limit", "name"], list["parameters"]!.AsArray().Select(parameter => parameter!["name"]!.GetValue<string>()).Order());
        Assert.NotNull(list["responses"]!["200"]!["headers"]!["Link"]);
    }

    [Fact]
    public void A_time_is_a_string_and_an_answer_is_open_to_new_members()
    {
        var ticket = _document["components"]!["schemas"]!["Ticket"]!;
        Assert.Equal("date-time", ticket["properties"]!["at"]!["format"]!.GetValue<string>());
        Assert.Contains("string", ticket["properties"]!["at"]!["type"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Null(ticket["additionalProperties"]);
    }

    [Fact]
    public void Head_is_not_listed_beside_get() => Assert.Null(_document["paths"]!["/tickets"]!["head"]);

    [Fact]
    public async Task An_endpoint_that_does_not_say_who_may_call_it_stops_the_start()
    {
        var builder = WebApplication.CreateBuilder();
        await using var app = builder.Build();
        var exception = Assert.Throws<InvalidOperationException>(() => app.MapEvently(endpoints => endpoints.MapGet("/open", () => "")));
        Assert.Contains("/open", exception.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Codes(JsonNode response) =>
        response["content"]!["application/problem+json"]!["schema"]!["allOf"]![1]!["properties"]!["code"]!["enum"]!.AsArray().Select(code => code!.GetValue<string>());
}
