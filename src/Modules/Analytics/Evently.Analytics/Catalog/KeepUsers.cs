using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Users.Contracts;
using MassTransit;

namespace Evently.Analytics.Catalog;

/// <summary>Keeps which users exist, so that staff who ask for one that doesn't get told so.</summary>
internal sealed class KeepUsers(UnitOfWork<AnalyticsModule> unitOfWork) : IConsumer<UserRegistered>
{
    public Task Consume(ConsumeContext<UserRegistered> context)
    {
        var user = context.Message;
        unitOfWork.Add(Write.Put(
            Keys.User(user.UserId),
            new Dictionary<string, Value> { ["registered_at"] = user.RegisteredAt.UtcTicks },
            Condition.Always));
        return Task.CompletedTask;
    }
}
