using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Evently.Booking.Holds;

/// <summary>Holds by their outcome. No label names an event, a user or a seat.</summary>
internal sealed class HoldMetrics(IMeterFactory meters)
{
    public const string Name = "Evently.Booking";

    private readonly Counter<long> _holds = meters.Create(Name).CreateCounter<long>("evently.holds", "{hold}", "Holds by outcome: won, refused, expired.");

    public void Won() => _holds.Add(1, new KeyValuePair<string, object?>("outcome", "won"));

    /// <param name="code">The problem's code.</param>
    public void Refused(string code) => _holds.Add(1, new KeyValuePair<string, object?>("outcome", "refused"), new KeyValuePair<string, object?>("code", code));

    public void Expired() => _holds.Add(1, new KeyValuePair<string, object?>("outcome", "expired"));
}

/// <summary>Spans of Booking's own work.</summary>
internal sealed class BookingActivities : IDisposable
{
    private readonly ActivitySource _source = new(HoldMetrics.Name);

    public Activity? StartHold(int seats) => _source.StartActivity("hold seats")?.SetTag("evently.seats", seats);

    public void Dispose() => _source.Dispose();
}
