using System.ComponentModel.DataAnnotations;

namespace Evently.Shared.Messaging;

/// <summary>Section <c>Evently:Messaging</c>.</summary>
public sealed class MessagingOptions
{
    public const string Section = "Evently:Messaging";
    public const string Embedded = "embedded";
    public const string Sqs = "sqs";

    /// <summary>Which queue carries the messages: <c>embedded</c> (durable, in the SQLite file) or <c>sqs</c> (any number of instances).</summary>
    [AllowedValues(Embedded, Sqs, ErrorMessage = "must be 'embedded' or 'sqs'.")]
    public string Transport { get; set; } = Embedded;

    /// <summary>Queues are named by this, a hyphen and the module's name.</summary>
    [RegularExpression("^[a-z0-9][a-z0-9-]{0,39}$", ErrorMessage = "must have 1 to 40 lower-case letters, digits or hyphens.")]
    public string QueuePrefix { get; set; } = "evently";

    /// <summary>Whether missing SQS queues are made at start. False where infrastructure is managed elsewhere: then they are only checked.</summary>
    public bool CreateQueues { get; set; } = true;

    /// <summary>Messages that one module handles at a time in this process.</summary>
    [Range(1, 1_000)]
    public int Concurrency { get; set; } = 32;

    /// <summary>How long a received message stays invisible to others; extended while its handler runs.</summary>
    [Range(2, 43_200)]
    public int VisibilitySeconds { get; set; } = 30;

    /// <summary>The pause before the second delivery of a message that failed; each further pause is eight times as long, and the fifth failure is the last.</summary>
    [Range(10, 10_000)]
    public int FirstRetryMilliseconds { get; set; } = 500;

    /// <summary>How long running handlers may take to finish when the process stops; then their messages are handed back.</summary>
    [Range(0, 300)]
    public int ShutdownSeconds { get; set; } = 8;

    /// <summary>How often the outbox is searched for messages that no relay has in hand; less often while none are found.</summary>
    [Range(100, 600_000)]
    public int OutboxSweepMilliseconds { get; set; } = 2_000;

    /// <summary>How often sagas that are due are looked for: by default every 200 ms, and with SQS every 1,000 ms. DynamoDB's index, where every question is paid, is asked every 5 s at most.</summary>
    [Range(10, 60_000)]
    public int? DueIntervalMilliseconds { get; set; }

    internal TimeSpan Visibility => TimeSpan.FromSeconds(VisibilitySeconds);

    internal TimeSpan FirstRetry => TimeSpan.FromMilliseconds(FirstRetryMilliseconds);

    internal TimeSpan DueInterval => TimeSpan.FromMilliseconds(DueIntervalMilliseconds ?? (Transport == Sqs ? 1_000 : 200));

    internal TimeSpan Shutdown => TimeSpan.FromSeconds(ShutdownSeconds);
}
