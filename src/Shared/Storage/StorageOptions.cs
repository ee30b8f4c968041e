using Microsoft.Extensions.Options;

namespace Evently.Shared.Storage;

/// <summary>The section <c>Evently:Storage</c>.</summary>
public sealed class StorageOptions
{
    public const string Section = "Evently:Storage";
    public const string Embedded = "embedded";
    public const string DynamoDb = "dynamodb";

    /// <summary><c>embedded</c> (one machine, durable) or <c>dynamodb</c> (any number of instances).</summary>
    public string Engine { get; set; } = Embedded;

    /// <summary>Where the embedded engine keeps its file; relative to the current directory. One process at a time.</summary>
    public string DataDirectory { get; set; } = "./data";

    /// <summary>The DynamoDB table.</summary>
    public string TableName { get; set; } = "Evently-Table";

    /// <summary>Whether a missing DynamoDB table is made at start. False where infrastructure is managed elsewhere: then it is only checked.</summary>
    public bool CreateTable { get; set; } = true;
}

/// <summary>Refuses settings at start, with sentences that name them.</summary>
internal sealed class StorageOptionsValidator : IValidateOptions<StorageOptions>
{
    // DynamoDB's rule for table names.
    private const int ShortestTableName = 3;
    private const int LongestTableName = 255;

    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        if (options.Engine is not (StorageOptions.Embedded or StorageOptions.DynamoDb))
        {
            return ValidateOptionsResult.Fail(
                $"{StorageOptions.Section}:Engine is '{options.Engine}'; it must be '{StorageOptions.Embedded}' or '{StorageOptions.DynamoDb}'.");
        }

        if (options.Engine == StorageOptions.Embedded && string.IsNullOrWhiteSpace(options.DataDirectory))
            return ValidateOptionsResult.Fail($"{StorageOptions.Section}:DataDirectory is empty; it must name a directory that this process may write to.");
        if (!IsTableName(options.TableName))
        {
            return ValidateOptionsResult.Fail(
                $"{StorageOptions.Section}:TableName is '{options.TableName}'; it must be {ShortestTableName} to {LongestTableName} letters, digits, '_', '-' or '.'.");
        }

        return ValidateOptionsResult.Success;
    }

    private static bool IsTableName(string name) =>
        name.Length is >= ShortestTableName and <= LongestTableName && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-' or '.');
}
