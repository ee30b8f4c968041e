namespace Evently.Costs;

/// <summary>
/// Dollars a million, without free tiers, storage, backups and traffic. Region us-east-1 (N. Virginia), on-demand table of the standard class, standard
/// queues; the table's since 1 November 2024.
/// </summary>
internal static class Prices
{
    public const decimal Writes = 0.625m;
    public const decimal Reads = 0.125m;
    public const decimal Requests = 0.40m;
    public const string Sources = "https://aws.amazon.com/dynamodb/pricing/on-demand/, https://aws.amazon.com/sqs/pricing/";

    /// <summary>Of a million of what costs so much each.</summary>
    public static decimal DollarsAMillion(LoadCost cost) => (cost.Writes * Writes) + (cost.Reads * Reads) + (cost.Requests * Requests);
}
