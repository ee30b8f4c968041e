namespace Evently.Booking.Catalog;

/// <summary>The events that this instance serves, read once from Booking's own replica and kept while they are in use.</summary>
internal sealed class EventCatalog
{
    /// <summary>The event, waited for briefly when it is new; null when there is none.</summary>
    public ValueTask<OnSaleEvent?> FindAsync(string eventId, CancellationToken cancellationToken) => throw new NotImplementedException();
}
