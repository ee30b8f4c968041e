using System.Text.Json.Serialization;

namespace Evently.Booking.Sagas;

/// <summary>What is known of a payment attempt.</summary>
internal enum AttemptOutcome
{
    /// <summary>Nothing yet: the gateway is being asked.</summary>
    Open,

    /// <summary>The gateway gave no answer or does not know the key (yet). It may still turn out captured.</summary>
    Unknown,

    /// <summary>The gateway answered that it could not do it; nothing was charged by that call. Tried again with the same key.</summary>
    Failed,

    /// <summary>Refused for good; the next attempt has a key of its own.</summary>
    Declined,

    Captured,

    /// <summary>Looked up until no charge could appear any more, and none had.</summary>
    NotCharged,
}

/// <summary>One payment attempt: one idempotency key at the gateway, however often that is asked.</summary>
internal sealed class PaymentAttempt
{
    /// <summary>From 1.</summary>
    public required int Number { get; set; }

    public required string Key { get; set; }

    public required string Method { get; set; }

    public required string BegunBy { get; set; }

    public required DateTimeOffset BegunAt { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public AttemptOutcome Outcome { get; set; }

    /// <summary>When the outcome last changed.</summary>
    public DateTimeOffset? OutcomeAt { get; set; }

    /// <summary>The gateway's own words, for support.</summary>
    public string? Detail { get; set; }

    /// <summary>How often no definite answer came back.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Unresolved { get; set; }
}

internal enum RefundState
{
    Pending,
    Completed,
}

/// <summary>The one refund of a booking.</summary>
internal sealed class RefundRecord
{
    /// <summary>Minor units. Not required: documents of the first version leave out a 0.</summary>
    public long Amount { get; set; }

    public required string Key { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RefundState State { get; set; }

    public required DateTimeOffset RequestedAt { get; set; }

    public DateTimeOffset? CompletedAt { get; set; }

    /// <summary>How often the gateway did not do it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Failures { get; set; }

    public string? Detail { get; set; }
}

/// <summary>A transition, or a remark without one.</summary>
/// <param name="State">The state after it.</param>
/// <param name="Cause">The message that caused it.</param>
/// <param name="By">Who asked for it; null when nobody did.</param>
internal sealed record TimelineEntry(string State, DateTimeOffset At, string Cause, string? MessageId, string? TraceId, string? By, string? Note);
