using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Users;

/// <summary>Every key of the module.</summary>
internal static class Keys
{
    /// <summary>How many admins there are, so that the last one stays.</summary>
    public static readonly ItemKey Admins = new(UsersModule.Prefix + "ADMINS", "COUNT");

    public static ItemKey User(string userId) => new($"{UsersModule.Prefix}USER#{userId}", "PROFILE");

    /// <summary>Changes of accounts that other instances have to hear of, by the time of the change.</summary>
    public const string AccountChanges = UsersModule.Prefix + "CHANGES";

    public static ItemKey AccountChange(Ulid change) => new(AccountChanges, change.ToString());

    public static SortRange AccountChangesSince(DateTimeOffset since) => SortRange.AtLeast(Ulid.FirstAt(since).ToString());

    /// <summary>Claims an e-mail address for one user.</summary>
    /// <param name="email">Normalized.</param>
    public static ItemKey Email(string email) => new($"{UsersModule.Prefix}EMAIL#{email}", "CLAIM");

    /// <summary>A token that was mailed and not used yet.</summary>
    /// <param name="hash">Of the token, in hexadecimal.</param>
    public static ItemKey MailedToken(string hash) => new($"{UsersModule.Prefix}TOKEN#{hash}", "TOKEN");

    /// <summary>Replica of what the history shows of an event.</summary>
    public static ItemKey Event(string eventId) => new($"{UsersModule.Prefix}EVENT#{eventId}", "META");

    public static string HistoryPartition(string userId) => $"{UsersModule.Prefix}HISTORY#{userId}";

    /// <summary>In a user's history bookings are kept by the time of their hold, which their ids carry.</summary>
    public static ItemKey HistoryEntry(string userId, Ulid booking) => new(HistoryPartition(userId), booking.ToString());
}
