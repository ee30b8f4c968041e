namespace Evently.Testing.Partitions;

/// <summary>
/// What a table serves, in units a second. What is not used is saved up for <see cref="Saved"/> at most, far less than AWS's five minutes, and nothing is
/// saved at first.
/// </summary>
public sealed record Throughput(decimal TableWrites, decimal TableReads, decimal PartitionWrites, decimal PartitionReads)
{
    public static readonly TimeSpan Saved = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// AWS: a new on-demand table serves 4,000 writes and 12,000 reads a second; a partition 1,000 and 3,000, and here every partition key is a partition
    /// of its own, as AWS splits them under load. The index's partitions serve as much.
    /// </summary>
    public static readonly Throughput NewOnDemand = new(4_000, 12_000, 1_000, 3_000);

    public static readonly Throughput Unlimited = new(decimal.MaxValue, decimal.MaxValue, decimal.MaxValue, decimal.MaxValue);
}

/// <summary>How long DynamoDB and SQS take, each call between half and one and a half of it. Assumed: usual figures within one region.</summary>
public sealed record Latencies(TimeSpan Read, TimeSpan Query, TimeSpan Write, TimeSpan Batch, TimeSpan Transaction, TimeSpan Queue)
{
    public static readonly Latencies Usual = new(
        Read: TimeSpan.FromMilliseconds(4),
        Query: TimeSpan.FromMilliseconds(6),
        Write: TimeSpan.FromMilliseconds(6),
        Batch: TimeSpan.FromMilliseconds(10),
        Transaction: TimeSpan.FromMilliseconds(15),
        Queue: TimeSpan.FromMilliseconds(8));
}
