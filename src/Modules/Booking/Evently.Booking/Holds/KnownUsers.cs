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
    internal const string Erased = "erased_at";
    private const string IdPrefix = "user";

    /// <returns>Under which id limits on the user's seats count; null when there is no such user.</returns>
    public async ValueTask<string?> FindCountedAsAsync(string userId, CancellationToken cancellationToken)
    {
        if (!PrefixedId.TryParse(userId, IdPrefix, out var ulid))
            return null;
        var user = await replica.WaitForAsync(ulid, token => table.GetAsync(Keys.User(userId), Consistency.Strong, token), cancellationToken);
        return user is null || user.Has(Erased) ? null : user.Has(CountedAs) ? user[CountedAs].String : userId;
    }
}

internal sealed class RememberUser(ModuleTable<BookingModule> table) : IConsumer<UserRegistered>, IConsumer<UserErased>
{
    /// <summary>Longer than anybody waits for a user that may be too young to be known here, and than a message takes.</summary>
    private static readonly TimeSpan Keep = TimeSpan.FromDays(30);

    /// <summary>That there was such a user is known for a while: nobody waits for it to be heard of, and a late message does not bring it back.</summary>
    public async Task Consume(ConsumeContext<UserErased> context) => await table.WriteAsync(
        Write.Put(
            Keys.User(context.Message.UserId),
            new Dictionary<string, Value>
            {
                [KnownUsers.Erased] = context.Message.ErasedAt.ToUnixTimeMilliseconds(),
                [WellKnown.TimeToLive] = (context.Message.ErasedAt + Keep).ToUnixTimeSeconds(),
            },
            Condition.Always),
        context.CancellationToken);

    public async Task Consume(ConsumeContext<UserRegistered> context)
    {
        var attributes = new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            ["registered_at"] = context.Message.RegisteredAt.ToUnixTimeMilliseconds(),
        };
        if (context.Message.CountedAs is { } countedAs)
            attributes[KnownUsers.CountedAs] = countedAs;
        await table.WriteAsync(Write.Put(Keys.User(context.Message.UserId), attributes, Condition.Absent(KnownUsers.Erased)), context.CancellationToken);
    }
}
