using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Evently.Shared.Http;

/// <summary>
/// Says what was wrong with a request that the framework could not bind. The framework tells most of it only in its messages, so these are read here, in one place, and pinned by
/// tests; a message that a later version words differently still gives a 400, with less detail.
/// </summary>
internal static partial class BadRequestProblems
{
    public static ProblemResult From(BadHttpRequestException exception) => exception.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => TooLarge(),
        StatusCodes.Status415UnsupportedMediaType => UnsupportedMediaType(),
        StatusCodes.Status400BadRequest => exception.InnerException switch
        {
            JsonException json => FromJson(json),
            BadHttpRequestException inner => From(inner),
            _ => FromBinding(exception.Message),
        },
        var status => Problems.Of(status, "bad_request", "The request cannot be read."),
    };

    public static ProblemResult TooLarge() =>
        Problems.Of(StatusCodes.Status413PayloadTooLarge, "payload_too_large", "The request's body is larger than this call accepts.");

    public static ProblemResult UnsupportedMediaType() =>
        Problems.Of(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "The body must be JSON, announced as Content-Type: application/json.");

    private static ProblemResult FromJson(JsonException exception)
    {
        var message = exception.Message;
        if (UnknownMember().Match(message) is { Success: true } unknown)
            return WithField("unknown_field", unknown.Groups[1].Value, "is not a field of this request");
        if (DuplicateMember().Match(message) is { Success: true } duplicate)
            return WithField("duplicate_field", duplicate.Groups[1].Value, "appears more than once");
        if (message.StartsWith("Duplicate properties", StringComparison.Ordinal))
            return WithField("duplicate_field", FieldOf(exception.Path) ?? "", "appears more than once");
        if (MissingMembers().Match(message) is { Success: true } missing)
            return Invalid(QuotedName().Matches(missing.Groups[1].Value).Select(name => (name.Groups[1].Value, "is required.")));
        if (NullMember().Match(message) is { Success: true } member)
            return Invalid([(FieldOf(exception.Path) ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(member.Groups[1].Value), "must not be null.")]);
        if (message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal))
        {
            return FieldOf(exception.Path) is { } field
                ? Invalid([(field, message.Contains("System.DateTimeOffset", StringComparison.Ordinal) ? "must be an RFC 3339 time with an offset." : "has the wrong type or a value out of range.")])
                : Problems.BadRequest("malformed_json", "The body is JSON of another shape than this call takes.");
        }

        return Problems.BadRequest("malformed_json", "The body is not valid JSON.");
    }

    private static ProblemResult FromBinding(string message)
    {
        if (FailedParameter().Match(message) is { Success: true } failed)
            return Invalid([(failed.Groups[1].Value, "has a value that cannot be read.")]);
        if (message.Contains("body", StringComparison.Ordinal))
            return Problems.BadRequest("body_required", "This call needs a JSON body.");
        if (MissingParameter().Match(message) is { Success: true } missing)
            return Invalid([(missing.Groups[1].Value, "is required.")]);
        return Problems.BadRequest("bad_request", "The request cannot be read.");
    }

    private static ProblemResult WithField(string code, string field, string what)
    {
        var shown = Shorten(field);
        return Problems.BadRequest(code, $"'{shown}' {what}.", ("field", shown));
    }

    private static ProblemResult Invalid(IEnumerable<(string Field, string Message)> errors)
    {
        var collected = new ValidationErrors();
        foreach (var (field, message) in errors)
            collected.Add(Shorten(field), message);
        return collected.ToProblem();
    }

    // A path may hold names that the caller made up, as long as the body's bound allows.
    private static string Shorten(string field) => field.Length <= 100 ? field : field[..100];

    private static string? FieldOf(string? path) => path is ['$', '.', .. { Length: > 0 } field] ? field : null;

    [GeneratedRegex(@"^The JSON property '(.*)' could not be mapped to any \.NET member", RegexOptions.Singleline)]
    private static partial Regex UnknownMember();

    [GeneratedRegex("^Duplicate property '(.*)' encountered", RegexOptions.Singleline)]
    private static partial Regex DuplicateMember();

    [GeneratedRegex("missing required properties including: (.*)", RegexOptions.Singleline)]
    private static partial Regex MissingMembers();

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex QuotedName();

    [GeneratedRegex("^The (?:constructor parameter|property or field) '([^']+)' on type .* (?:doesn't|does not|cannot)")]
    private static partial Regex NullMember();

    [GeneratedRegex("^Failed to bind parameter \"[^ ]+ ([^\" ]+)\" from")]
    private static partial Regex FailedParameter();

    [GeneratedRegex("^Required parameter \"[^ ]+ ([^\" ]+)\" was not provided")]
    private static partial Regex MissingParameter();
}
