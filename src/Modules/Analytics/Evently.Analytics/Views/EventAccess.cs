using Evently.Analytics.Catalog;
using Evently.Shared.Http;

namespace Evently.Analytics.Views;

/// <summary>Organizers see the figures of their own events, support and admin those of all.</summary>
internal static class EventAccess
{
    public static bool MayAsk(Caller caller) => caller.IsStaff || caller.IsOrganizer;

    public static bool MaySee(Caller caller, KnownEvent known) => caller.MaySee(known.OrganizerId);

    public static ProblemResult NotFound(string eventId) => Problems.NotFound("event_not_found", $"There is no event {eventId}.");
}
