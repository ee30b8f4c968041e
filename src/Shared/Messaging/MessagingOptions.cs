using System.ComponentModel.DataAnnotations;

namespace Evently.Shared.Messaging;

/// <summary>Section <c>Evently:Messaging</c>.</summary>
public sealed class MessagingOptions
{
    public const string Section = "Evently:Messaging";

    public static readonly IReadOnlyList<string> Transports = ["embedded", "memory", "sqs"];

    /// <summary>Which queue carries the messages: <c>embedded</c> (durable, in the SQLite file), <c>memory</c> (for tests) or <c>sqs</c>.</summary>
    public string Transport { get; set; } = "embedded";

    /// <summary>Queues are named by this, a hyphen and the module's name.</summary>
    [RegularExpression("^[a-z0-9][a-z0-9-]{0,39}$", ErrorMessage = "Evently:Messaging:QueuePrefix must have 1 to 40 lower-case letters, digits or hyphens.")]
    public string QueuePrefix { get; set; } = "evently";

    /// <summary>Messages that one module handles at a time in this process.</summary>
    [Range(1, 1_000, ErrorMessage = "Evently:Messaging:Concurrency must be between 1 and 1000.")]
    public int Concurrency { get; set; } = 32;

    /// <summary>How long a received message stays invisible to others; extended while its handler runs.</summary>
    [Range(2, 43_200, ErrorMessage = "Evently:Messaging:VisibilitySeconds must be between 2 and 43200.")]
    public int VisibilitySeconds { get; set; } = 30;

    /// <summary>How long running handlers may take to finish when the process stops; then their messages are handed back.</summary>
    [Range(0, 300, ErrorMessage = "Evently:Messaging:ShutdownSeconds must be between 0 and 300.")]
    public int ShutdownSeconds { get; set; } = 8;

    /// <summary>How often the outbox is searched for messages that no relay has in hand.</summary>
    [Range(100, 600_000, ErrorMessage = "Evently:Messaging:OutboxSweepMilliseconds must be between 100 and 600000.")]
    public int OutboxSweepMilliseconds { get; set; } = 2_000;

    /// <summary>How often the due index is asked for sagas that are due.</summary>
    [Range(10, 60_000, ErrorMessage = "Evently:Messaging:DueIntervalMilliseconds must be between 10 and 60000.")]
    public int DueIntervalMilliseconds { get; set; } = 200;

    internal TimeSpan Visibility => TimeSpan.FromSeconds(VisibilitySeconds);

    internal TimeSpan Shutdown => TimeSpan.FromSeconds(ShutdownSeconds);
}
