using System.ComponentModel.DataAnnotations;

namespace Evently.Shared.Http;

/// <summary>Section <c>Evently:Stop</c>.</summary>
public sealed class StopOptions
{
    /// <summary>
    /// How long a process that was told to stop still serves while it says that it is not ready, so that a balancer has noticed before connections are refused. By default
    /// 5 with DynamoDB, where others take over, and 0 with the embedded store, where nobody does.
    /// </summary>
    [Range(0, 10)]
    public int? NotReadySeconds { get; set; }

    internal TimeSpan NotReady => TimeSpan.FromSeconds(NotReadySeconds ?? 0);
}
