using System.ComponentModel.DataAnnotations;

namespace Evently.Analytics;

/// <summary>Section <c>Evently:Analytics</c>.</summary>
internal sealed class AnalyticsOptions
{
    public const string Section = "Evently:Analytics";

    /// <summary>How often counted minutes are moved into the timeline and the sorted list of events is brought up to date.</summary>
    [Range(1, 300, ErrorMessage = "Evently:Analytics:RollupIntervalSeconds must be between 1 and 300.")]
    public int RollupIntervalSeconds { get; set; } = 2;

    /// <summary>How long the instance that runs the rollups keeps that task without renewing it; another takes over afterwards.</summary>
    [Range(5, 600, ErrorMessage = "Evently:Analytics:RollupLeaseSeconds must be between 5 and 600.")]
    public int RollupLeaseSeconds { get; set; } = 15;

    /// <summary>How long a hold of an event lasts that says nothing itself; the same setting as Booking's, <c>Evently:Holds:DefaultSeconds</c>.</summary>
    [Range(5, 3_600, ErrorMessage = "Evently:Holds:DefaultSeconds must be between 5 and 3600.")]
    public int DefaultHoldSeconds { get; set; } = 180;
}
