using Evently.Shared.Text;
using System.Globalization;

namespace Evently.Booking.Payments;

internal enum SimulatedBehaviour
{
    Ok,
    Declined,

    /// <summary>Answers after N seconds.</summary>
    Slow,

    /// <summary>No answer, although the charge went through.</summary>
    Unknown,

    /// <summary>No answer; the charge goes through N seconds later.</summary>
    Late,

    /// <summary>Fails N times, then works; charge and refund each.</summary>
    Error,
}

/// <summary>A payment method of the simulated gateway, such as <c>sim_slow_3</c>.</summary>
internal readonly record struct SimulatedMethod(SimulatedBehaviour Behaviour, int Number)
{
    /// <summary>Seconds or failures. Well below <see cref="Sagas.PaymentTiming.SettlementWindow"/>, in which every late charge has to show up.</summary>
    public const int MaxNumber = 300;

    public const string Ok = "sim_ok";
    public const string Declined = "sim_declined";

    public static bool TryParse(string? text, out SimulatedMethod method)
    {
        method = default;
        SimulatedBehaviour? plain = text switch
        {
            Ok => SimulatedBehaviour.Ok,
            Declined => SimulatedBehaviour.Declined,
            "sim_unknown" => SimulatedBehaviour.Unknown,
            _ => null,
        };
        if (plain is { } behaviour)
        {
            method = new SimulatedMethod(behaviour, 0);
            return true;
        }

        return text is not null
            && (TryNumbered(text, "sim_slow_", SimulatedBehaviour.Slow, out method)
                || TryNumbered(text, "sim_late_", SimulatedBehaviour.Late, out method)
                || TryNumbered(text, "sim_error_", SimulatedBehaviour.Error, out method));
    }

    private static bool TryNumbered(string text, string prefix, SimulatedBehaviour behaviour, out SimulatedMethod method)
    {
        method = default;
        if (!text.StartsWith(prefix, StringComparison.Ordinal)
            || !CanonicalNumber.TryParse(text.AsSpan(prefix.Length), out int number)
            || number is < 0 or > MaxNumber)
            return false;
        method = new SimulatedMethod(behaviour, number);
        return true;
    }
}
