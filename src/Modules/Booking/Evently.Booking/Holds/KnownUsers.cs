using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Users.Contracts;
using MassTransit;

namespace Evently.Booking.Holds;

/// <summary>Booking's replica of users: that they exist, so that staff can't hold seats for nobody, and as whom they count.</summary>
internal sealed class KnownUsers(ModuleTable<BookingModule> table, Replica replica)
{
    internal const string CountedAs = "counted_as";
    private const string IdPrefix = "user";

    /// <returns>Under which id limits on the user's seats count; null when there is no such user.</returns>
    public async ValueTask<string?> FindCountedAsAsync(string userId, CancellationToken cancellationToken)
    {
        if (!PrefixedId.TryParse(userId, IdPrefix, out var ulid))
            return null;
        var user = await replica.WaitForAsync(ulid, token => table.GetAsync(Keys.User(userId), Consistency.Strong, token), cancellationToken);
        return user is null ? null : user.Has(CountedAs) ? user[CountedAs].String : userId;
    }
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
        if (context.Message.CountedAs is { } countedAs)
            attributes[KnownUsers.CountedAs] = countedAs;
        await table.WriteAsync(Write.Put(Keys.User(context.Message.UserId), attributes, Condition.Always), context.CancellationToken);
    }
}
