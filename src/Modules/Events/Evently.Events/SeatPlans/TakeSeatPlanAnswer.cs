using Evently.Shared.Messaging;
using Evently.Venues.Contracts;
using MassTransit;

namespace Evently.Events.SeatPlans;

internal sealed class TakeSeatPlanAnswer(SeatPlanInquiry inquiry, UnitOfWork<EventsModule> unitOfWork) : IConsumer<SeatPlanAnswered>
{
    public Task Consume(ConsumeContext<SeatPlanAnswered> context)
    {
        if (inquiry.Deliver(context.Message) is { } write)
            unitOfWork.Add(write);
        return Task.CompletedTask;
    }
}
