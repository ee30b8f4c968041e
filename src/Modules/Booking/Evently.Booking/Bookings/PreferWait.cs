using Evently.Shared.Text;
using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Evently.Booking.Bookings;

/// <summary><c>Prefer: wait=N</c> (RFC 7240): how many seconds the client would wait for an outcome.</summary>
internal static class PreferWait
{
    public const int MaxSeconds = 30;
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(10);

    /// <summary>A preference that can't be read is no preference; one beyond <see cref="MaxSeconds"/> gets that much. What is kept is said in the answer.</summary>
    public static TimeSpan Read(HttpContext context)
    {
        foreach (var preference in context.Request.Headers.GetCommaSeparatedValues("Prefer"))
        {
            var value = preference.Split(';')[0].Trim();
            if (!value.StartsWith("wait=", StringComparison.OrdinalIgnoreCase)
                || !CanonicalNumber.TryParse(value.AsSpan("wait=".Length), out int seconds))
                continue;
            seconds = Math.Min(seconds, MaxSeconds);
            context.Response.Headers["Preference-Applied"] = string.Create(CultureInfo.InvariantCulture, $"wait={seconds}");
            return TimeSpan.FromSeconds(seconds);
        }

        return Default;
    }
}
