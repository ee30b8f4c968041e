using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Users.Contracts;
using MassTransit;

namespace Evently.Booking.Holds;

/// <summary>Booking's replica of users: that they exist, so that staff can't hold seats for nobody.</summary>
internal sealed class KnownUsers(ModuleTable<BookingModule> table, Replica replica)
{
    private const string IdPrefix = "user";

    public async ValueTask<bool> ContainsAsync(string userId, CancellationToken cancellationToken) =>
        PrefixedId.TryParse(userId, IdPrefix, out var ulid)
        && await replica.WaitForAsync(ulid, token => table.GetAsync(Keys.User(userId), Consistency.Strong, token), cancellationToken) is not null;
}

internal sealed class RememberUser(ModuleTable<BookingModule> table) : IConsumer<UserRegistered>, IConsumer<UserErased>
{
    public async Task Consume(ConsumeContext<UserErased> context) =>
        await table.WriteAsync(Write.Delete(Keys.User(context.Message.UserId), Condition.Always), context.CancellationToken);

    public async Task Consume(ConsumeContext<UserRegistered> context)
    {
        var attributes = new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            ["registered_at"] = context.Message.RegisteredAt.ToUnixTimeMilliseconds(),
        };
        await table.WriteAsync(Write.Put(Keys.User(context.Message.UserId), attributes, Condition.Always), context.CancellationToken);
    }
}
