using System.Text.Json;
using Evently.Booking.Sagas;

namespace Evently.Booking.Support;

/// <summary>The saga's names as support reads them.</summary>
internal static class SagaWords
{
    /// <summary>The due workers look several times a second; what waits this much longer is stuck.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>Stands for the state of an instance that is stored and can't be read.</summary>
    public const string Unreadable = "unreadable";

    private static readonly Dictionary<string, string> States = new[]
    {
        nameof(BookingStateMachine.Held), nameof(BookingStateMachine.Charging), nameof(BookingStateMachine.Settling), nameof(BookingStateMachine.Confirmed),
        nameof(BookingStateMachine.Cancelling), nameof(BookingStateMachine.Refunding), nameof(BookingStateMachine.Expired), nameof(BookingStateMachine.Cancelled),
        nameof(BookingStateMachine.Refunded), nameof(BookingStateMachine.Failed),
    }.ToDictionary(Of);

    /// <summary>All states, in the words of <see cref="Of"/>.</summary>
    public static IReadOnlyCollection<string> AllStates => States.Keys;

    public static string Of(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    public static bool IsOverdue(BookingSaga saga, DateTimeOffset now) => saga.DueAt + Grace < now;
}
