using Amazon.DynamoDBv2.Model;
using Evently.Shared.Storage.Rules;

namespace Evently.Shared.Storage.DynamoDb;

/// <summary>Where a query's place to continue lies. DynamoDB refuses one that is outside of the range.</summary>
internal enum QueryPlace
{
    /// <summary>There is none, or it lies before the range: the query starts at the range's start.</summary>
    Start,
    Inside,

    /// <summary>Nothing can follow.</summary>
    BehindEnd,
}

internal static class KeyCondition
{
    public static QueryPlace PlaceOf(SortRange range, string? after, bool descending)
    {
        if (range.To is { Length: 0 } || (range is { From: { } from, To: { } to } && Utf8Order.Compare(from, to) > 0))
            return QueryPlace.BehindEnd;
        if (after is null)
            return QueryPlace.Start;
        if (!(descending ? SortBounds.IsBelowEnd(range, after) : SortBounds.IsAboveStart(range, after)))
            return QueryPlace.Start;
        return (descending ? SortBounds.IsAboveStart(range, after) : SortBounds.IsBelowEnd(range, after)) ? QueryPlace.Inside : QueryPlace.BehindEnd;
    }

    public static QueryRequest Request(string table, string partitionName, string sortName, string partition, SortRange range)
    {
        var values = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { [":p"] = AttributeValues.Of(partition) };
        var condition = $"{partitionName} = :p";

        // An empty text is no key value in DynamoDB; as a start or a prefix it bounds nothing.
        if (range.Prefix is { Length: > 0 } prefix)
        {
            condition += $" AND begins_with({sortName}, :a)";
            values.Add(":a", AttributeValues.Of(prefix));
        }
        else if (range is { From: { Length: > 0 } from, To: { } to })
        {
            condition += $" AND {sortName} BETWEEN :a AND :b";
            values.Add(":a", AttributeValues.Of(from));
            values.Add(":b", AttributeValues.Of(to));
        }
        else if (range.From is { Length: > 0 } start)
        {
            condition += $" AND {sortName} >= :a";
            values.Add(":a", AttributeValues.Of(start));
        }
        else if (range.To is { } end)
        {
            condition += $" AND {sortName} <= :b";
            values.Add(":b", AttributeValues.Of(end));
        }

        return new QueryRequest { TableName = table, KeyConditionExpression = condition, ExpressionAttributeValues = values };
    }
}
