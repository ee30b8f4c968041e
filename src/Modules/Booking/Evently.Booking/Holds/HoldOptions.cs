using System.ComponentModel.DataAnnotations;

namespace Evently.Booking.Holds;

/// <summary>Section <c>Evently:Holds</c>.</summary>
internal sealed class HoldOptions
{
    public const string Section = "Evently:Holds";

    /// <summary>How long a hold lasts when its event does not say, in seconds.</summary>
    [Range(5, 3600, ErrorMessage = "Evently:Holds:DefaultSeconds must be a number of seconds from 5 to 3600.")]
    public int DefaultSeconds { get; set; } = 180;
}
