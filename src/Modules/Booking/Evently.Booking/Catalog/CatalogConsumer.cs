using System.Text.Json;
using Evently.Events.Contracts;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Evently.Venues.Contracts;
using MassTransit;

namespace Evently.Booking.Catalog;

/// <summary>
/// Keeps Booking's replica of events. Each message is one write that can be repeated and that sends nothing on, so it goes to the table
/// directly: when it is stored, this instance sells by it at once.
/// </summary>
internal sealed class CatalogConsumer(ModuleTable<BookingModule> table, EventCatalog catalog)
    : IConsumer<EventDrafted>, IConsumer<EventCreated>, IConsumer<EventChanged>, IConsumer<EventCancelled>, IConsumer<SeatPlanPart>
{
    /// <summary>Longer than a young id is waited for; an older one that is not on sale is told not to exist anyway.</summary>
    private static readonly TimeSpan KeepDraft = TimeSpan.FromHours(1);

    /// <summary>Messages about one event meet rarely; what loses more often than this is delivered again.</summary>
    private const int SaveAttempts = 5;

    public async Task Consume(ConsumeContext<EventDrafted> context)
    {
        var attributes = new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            [WellKnown.TimeToLive] = (context.Message.CreatedAt + KeepDraft).ToUnixTimeSeconds(),
        };
        await table.WriteAsync(Write.Put(Keys.EventDraft(EventOf(context.Message.EventId)), attributes, Condition.Always), context.CancellationToken);
    }

    public Task Consume(ConsumeContext<EventCreated> context) => ApplyAsync(context.Message, context.CancellationToken);

    public Task Consume(ConsumeContext<EventChanged> context) => ApplyAsync(context.Message, context.CancellationToken);

    public Task Consume(ConsumeContext<EventCancelled> context) => ApplyAsync(context.Message, context.CancellationToken);

    public Task Consume(ConsumeContext<SeatPlanPart> context) => ApplyAsync(context.Message, context.CancellationToken);

    internal Task ApplyAsync(EventCreated message, CancellationToken cancellationToken) =>
        ChangeAsync(message.EventId, terms => terms.Apply(message), cancellationToken);

    internal Task ApplyAsync(EventChanged message, CancellationToken cancellationToken) =>
        ChangeAsync(message.EventId, terms => terms.Apply(message), cancellationToken);

    internal Task ApplyAsync(EventCancelled message, CancellationToken cancellationToken) =>
        ChangeAsync(message.EventId, terms => terms.Cancel(), cancellationToken);

    internal async Task ApplyAsync(SeatPlanPart part, CancellationToken cancellationToken)
    {
        var attributes = new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            ["parts"] = part.Parts,
            ["runs"] = JsonSerializer.Serialize(part.Runs, CatalogJson.Default.IReadOnlyListSeatRun),
        };
        await table.WriteAsync(Write.Put(Keys.PlanPart(EventOf(part.EventId), part.Part), attributes, Condition.Always), cancellationToken);
    }

    private async Task ChangeAsync(string eventId, Func<EventTerms, EventTerms> apply, CancellationToken cancellationToken)
    {
        var id = EventOf(eventId);
        for (var attempt = 0; attempt < SaveAttempts; attempt++)
        {
            var stored = EventTerms.Read(await table.GetAsync(Keys.EventTerms(id), Consistency.Strong, cancellationToken));
            var terms = apply(stored);
            var saved = terms.Version > 0 && terms == stored;
            if (saved || (await table.WriteAsync(terms.Save(id), cancellationToken)).Applied)
            {
                catalog.Accept(id, saved ? terms : terms with { Version = terms.Version + 1 });
                return;
            }
        }

        throw new TableUnavailableException($"The terms of {eventId} kept changing.");
    }

    private static Ulid EventOf(string eventId) => PrefixedId.TryParse(eventId, OnSaleEvent.IdPrefix, out var id)
        ? id
        : throw new ArgumentException($"'{eventId}' is no event's id.", nameof(eventId));
}
