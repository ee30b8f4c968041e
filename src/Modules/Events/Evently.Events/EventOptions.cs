using System.ComponentModel.DataAnnotations;

namespace Evently.Events;

internal sealed class EventOptions
{
    /// <summary>The setting that holds go by as well.</summary>
    public const string DefaultHoldSecondsSetting = "Evently:Holds:DefaultSeconds";

    /// <summary>How long holds of an event last that says nothing itself. It becomes one of the event's terms when the event is created.</summary>
    [Range(EventLimits.MinHoldSeconds, EventLimits.MaxHoldSeconds, ErrorMessage = DefaultHoldSecondsSetting + " must be a number of seconds from 5 to 3600.")]
    public int DefaultHoldSeconds { get; set; } = 180;
}
