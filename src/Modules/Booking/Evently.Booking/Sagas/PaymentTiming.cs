namespace Evently.Booking.Sagas;

/// <summary>How long payments and refunds may take, and how often they are tried.</summary>
internal static class PaymentTiming
{
    /// <summary>Payment attempts of one holding, each after a definite decline. Also bounds how far attempts can prolong a hold.</summary>
    public const int MaxAttempts = 10;

    /// <summary>From this many failures on a refund is shown to support as stuck; it is still tried, ever less often.</summary>
    public const int StuckRefundFailures = 8;

    /// <summary>One call of the gateway; without an answer by then its outcome is unknown.</summary>
    public static readonly TimeSpan GatewayTimeout = TimeSpan.FromSeconds(8);

    /// <summary>How long a gateway that fails is asked again within one message.</summary>
    public static readonly TimeSpan FailureBudget = TimeSpan.FromSeconds(12);

    /// <summary>
    /// How long the seats stay protected from the start of a payment at least. Longer than <see cref="FailureBudget"/> and two calls, and
    /// long enough to drive again what a dead process left behind.
    /// </summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long the driver of a payment or refund may be silent before it is driven again. A driver that is only slow is not disturbed: both use
    /// one key.
    /// </summary>
    public static readonly TimeSpan DriverPatience = TimeSpan.FromSeconds(10);

    /// <summary>How long the seats of an ended holding may take to be given back before that is driven again.</summary>
    public static readonly TimeSpan ReleasePatience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a charge that the gateway does not know is looked up after its seats were given up, before it counts as never made. Longer than
    /// any gateway keeps a request in flight.
    /// </summary>
    public static readonly TimeSpan SettlementWindow = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan LongestLookUpPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestRefundPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestFailurePause = TimeSpan.FromSeconds(2);

    /// <summary>Pause before a payment without a definite answer is looked into again: 1, 2, 4, 8, 15, 15 … seconds.</summary>
    public static TimeSpan LookUpPause(int unresolved) => Doubling(TimeSpan.FromSeconds(1), unresolved, LongestLookUpPause);

    /// <summary>Pause before a refund is tried again: 1, 2, 4 … seconds, an hour at most.</summary>
    public static TimeSpan RefundPause(int failures) => Doubling(TimeSpan.FromSeconds(1), failures, LongestRefundPause);

    /// <summary>Pause between calls of a gateway that fails: 0.2, 0.4, 0.8, 1.6, 2, 2 … seconds.</summary>
    public static TimeSpan FailurePause(int failures) => Doubling(TimeSpan.FromMilliseconds(200), failures, LongestFailurePause);

    /// <param name="count">From 1.</param>
    private static TimeSpan Doubling(TimeSpan first, int count, TimeSpan longest)
    {
        var pause = first * Math.Pow(2, Math.Clamp(count - 1, 0, 20));
        return pause < longest ? pause : longest;
    }
}
