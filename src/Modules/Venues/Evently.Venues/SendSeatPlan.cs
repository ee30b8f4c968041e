using Evently.Events.Contracts;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Venues.Contracts;
using Evently.Venues.Seats;
using MassTransit;

namespace Evently.Venues;

/// <summary>
/// Sends the seats that a new event sells, in parts. Parts are a pure function of the plan version, so a message that is handled twice sends
/// the same parts again and receivers need no more than the part's number to tell.
/// </summary>
internal sealed class SendSeatPlan(VenueStore venues, UnitOfWork<VenuesModule> unitOfWork) : IConsumer<EventCreated>
{
    /// <summary>Parts that one transaction takes: their outbox rows stay well below <see cref="TableLimits.TransactionBytes"/>.</summary>
    private const int PartsInCommit = 20;

    public async Task Consume(ConsumeContext<EventCreated> context)
    {
        var created = context.Message;
        var plan = await venues.ReadPlanAsync(created.VenueId, created.PlanVersion, context.CancellationToken);
        var runs = plan.Select(run => new SeatRun(run.Section, run.Row, run.First, run.Last, run.SeatType)).ToList();

        var seats = runs.Sum(run => run.Last - run.First + 1);
        if (seats != created.SeatCount)
            throw new InvalidOperationException($"Plan {created.PlanVersion} of {created.VenueId} has {seats} seats, but {created.EventId} sells {created.SeatCount}.");

        var parts = SeatPlanMessages.Split(runs);
        for (var part = 0; part < parts.Count; part++)
        {
            unitOfWork.Publish(new SeatPlanPart(created.EventId, created.VenueId, created.PlanVersion, part, parts.Count, parts[part]), created.EventId);
            var isFull = (part + 1) % PartsInCommit == 0;
            if (isFull && !(await unitOfWork.CommitAsync(context.CancellationToken)).Applied)
                throw new InvalidOperationException($"The plan of {created.EventId} could not be sent; it is sent again.");
        }
    }
}
