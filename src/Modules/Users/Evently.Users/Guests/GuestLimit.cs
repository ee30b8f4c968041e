using Evently.Shared.Http;
using Microsoft.AspNetCore.Http;

namespace Evently.Users.Guests;

/// <summary>How many guests one client may become. Kept in this process only, as other limits.</summary>
internal sealed class GuestLimit() : HourlyLimit(PerHour)
{
    public const int PerHour = 60;

    public static ProblemResult Slowed(TimeSpan wait) =>
        Problems.Of(StatusCodes.Status429TooManyRequests, "too_many_guests", "Too many guests came from this address; wait.") with { RetryAfter = wait };
}
