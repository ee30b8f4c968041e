using System.Collections.Concurrent;
using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Evently.Venues.Contracts;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Venues.Tests.Http;

/// <summary>Stands for those who ask for seat plans and receive them.</summary>
public sealed class EventsStub : IModule
{
    public static string Name => "Stub";

    public static string KeyPrefix => "STUB#";

    public IReadOnlyList<Type> Endpoints => [];

    public void AddServices(IServiceCollection services, IConfiguration configuration) => services.AddSingleton<Received>();

    public void AddMessaging(ModuleBusConfigurator bus) => bus.Consumer<Receiver>();

    internal sealed class Received
    {
        public ConcurrentQueue<SeatPlanAnswered> Answers { get; } = [];

        public ConcurrentQueue<SeatPlanPart> Parts { get; } = [];
    }

    internal sealed class Receiver(Received received) : IConsumer<SeatPlanAnswered>, IConsumer<SeatPlanPart>
    {
        public Task Consume(ConsumeContext<SeatPlanAnswered> context)
        {
            received.Answers.Enqueue(context.Message);
            return Task.CompletedTask;
        }

        public Task Consume(ConsumeContext<SeatPlanPart> context)
        {
            received.Parts.Enqueue(context.Message);
            return Task.CompletedTask;
        }
    }
}
