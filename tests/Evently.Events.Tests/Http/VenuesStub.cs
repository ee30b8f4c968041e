using System.Collections.Concurrent;
using Evently.Events.Contracts;
using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Evently.Venues.Contracts;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Events.Tests.Http;

/// <summary>Stands for the owner of venues, and for those who listen to events.</summary>
public sealed class VenuesStub : IModule
{
    public static string Name => "Stub";

    public static string KeyPrefix => "STUB#";

    public IReadOnlyList<Type> Endpoints => [];

    public void AddServices(IServiceCollection services, IConfiguration configuration) => services.AddSingleton<Known>();

    public void AddMessaging(ModuleBusConfigurator bus) => bus.Consumer<Owner>();

    /// <summary>Venues by id, and what was heard of events.</summary>
    internal sealed class Known
    {
        public ConcurrentDictionary<string, SeatPlanAnswered> Venues { get; } = [];

        /// <summary>Says nothing at all.</summary>
        public bool IsSilent { get; set; }

        public ConcurrentQueue<object> Heard { get; } = [];
    }

    internal sealed class Owner(Known known, UnitOfWork<VenuesStub> unitOfWork) :
        IConsumer<SeatPlanRequested>, IConsumer<EventCreated>, IConsumer<EventChanged>, IConsumer<EventCancelled>
    {
        public Task Consume(ConsumeContext<SeatPlanRequested> context)
        {
            var (eventId, venueId) = context.Message;
            var answer = known.Venues.GetValueOrDefault(venueId) ?? new SeatPlanAnswered(eventId, venueId, false, "", "", "", 0, [], []);
            if (!known.IsSilent)
                unitOfWork.Publish(answer with { EventId = eventId }, eventId);
            return Task.CompletedTask;
        }

        public Task Consume(ConsumeContext<EventCreated> context) => Hear(context.Message);

        public Task Consume(ConsumeContext<EventChanged> context) => Hear(context.Message);

        public Task Consume(ConsumeContext<EventCancelled> context) => Hear(context.Message);

        private Task Hear(object message)
        {
            known.Heard.Enqueue(message);
            return Task.CompletedTask;
        }
    }
}
