using System.ComponentModel.DataAnnotations;

namespace Evently.Booking.Payments;

/// <summary>Section <c>Evently:Payments</c>.</summary>
internal sealed class PaymentOptions
{
    public const string Section = "Evently:Payments";
    public const string Simulated = "simulated";

    /// <summary>Which gateway is charged. <c>simulated</c> moves no money.</summary>
    [Required(ErrorMessage = "Evently:Payments:Gateway must name a gateway; known is: simulated.")]
    [AllowedValues(Simulated, ErrorMessage = "Evently:Payments:Gateway names no known gateway; known is: simulated.")]
    public string Gateway { get; set; } = Simulated;
}
