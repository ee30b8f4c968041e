namespace Evently.Shared.Messaging.Pump;

/// <summary>How long the pump waits for what, and how often it tries again.</summary>
internal static class Patience
{
    /// <summary>Times that a message is handled in one delivery because somebody else won the race for the same thing: enough for a crowd of a pump's width.</summary>
    public const int RefusedAttempts = 12;

    public static readonly TimeSpan LongestStorePause = TimeSpan.FromSeconds(5);

    /// <summary>How long one delivery is held while the store does not serve it. Then the message is sent anew, so that others have its place and SQS's lease (12 h) never ends.</summary>
    public static readonly TimeSpan WithStore = TimeSpan.FromMinutes(10);

    /// <summary>How long a message of an unknown type waits for a process that knows it: longer than a rolling upgrade takes.</summary>
    public static readonly TimeSpan WithUnknownTypes = TimeSpan.FromHours(1);

    private const int LongestRefusedPauseMilliseconds = 1_000;
    private const double RetryGrowth = 8;
    private const int AgeShare = 4;
    private static readonly TimeSpan FirstStorePause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ShortestPauseByAge = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPauseByAge = TimeSpan.FromMinutes(1);

    /// <summary>Between deliveries of a message that failed: by default 0.5 s, 4 s, 32 s, 4 min; 5 to 7 minutes in all, with the jitter that comes on top.</summary>
    public static TimeSpan RetryPause(TimeSpan first, int failures) => first * Math.Pow(RetryGrowth, failures - 1);

    /// <summary>Bound, exclusive, of the random milliseconds before a delivery that was refused for the n-th time is tried again: a crowd is spread out.</summary>
    public static int RefusedPauseMilliseconds(int refusals) => Math.Min(1 << (refusals + 1), LongestRefusedPauseMilliseconds);

    /// <summary>Between tries of one delivery while the store does not serve it.</summary>
    public static TimeSpan StorePause(int tries) => Shorter(FirstStorePause * Math.Pow(2, Math.Min(tries, 10)), LongestStorePause);

    /// <summary>How long a message of an unknown type is left alone; null when it is old enough to be given up.</summary>
    public static TimeSpan? UnknownType(TimeSpan age) => age < WithUnknownTypes ? ByAge(age) : null;

    /// <summary>Before the next try of a message that waits for something: a quarter of its age, 2 s to a minute.</summary>
    public static TimeSpan ByAge(TimeSpan age) => Shorter(TimeSpan.FromTicks(Math.Max(age.Ticks / AgeShare, ShortestPauseByAge.Ticks)), LongestPauseByAge);

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
