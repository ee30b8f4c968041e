using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace Evently.Shared.Http;

public static class Roles
{
    public const string Customer = "customer";
    public const string Organizer = "organizer";
    public const string Support = "support";
    public const string Admin = "admin";

    /// <summary>Checks tickets in.</summary>
    public const string Door = "door";

    /// <summary>Buys without an account. It comes with the way a person came in and is never granted.</summary>
    public const string Guest = "guest";

    /// <summary>Those that an account can have.</summary>
    public static readonly IReadOnlyList<string> All = [Customer, Organizer, Support, Admin, Door];
}

/// <summary>Authorization policies, by the roles that pass. An admin passes each.</summary>
public static class Policies
{
    public const string SignedIn = "signed-in";
    public const string Organizer = "organizer";
    public const string Support = "support";
    public const string Admin = "admin";
}

/// <summary>Who calls, from the verified token. As an endpoint's parameter it binds itself.</summary>
public sealed record Caller(string UserId, IReadOnlySet<string> RoleNames)
{
    public static readonly Caller Anonymous = new("", new HashSet<string>());

    /// <summary>Under which id limits on a person's seats count: a guest's is made of the address, so that more guests of one address are no more persons.</summary>
    public string CountedAs { get; private init; } = UserId;

    public bool IsAnonymous => UserId.Length == 0;

    public bool IsAdmin => RoleNames.Contains(Roles.Admin);

    /// <summary>Support and admin see everything and act for users.</summary>
    public bool IsStaff => IsAdmin || RoleNames.Contains(Roles.Support);

    public bool IsOrganizer => IsAdmin || RoleNames.Contains(Roles.Organizer);

    /// <summary>Owner, support or admin. Everybody else is told that the thing does not exist.</summary>
    public bool MaySee(string ownerId) => IsStaff || (!IsAnonymous && string.Equals(UserId, ownerId, StringComparison.Ordinal));

    /// <summary>Owner or admin. Everybody else is told that the thing does not exist.</summary>
    public bool MayChange(string ownerId) => IsAdmin || (!IsAnonymous && string.Equals(UserId, ownerId, StringComparison.Ordinal));

    public static Caller From(ClaimsPrincipal principal)
    {
        var id = principal.FindFirstValue("sub");
        return id is null
            ? Anonymous
            : new Caller(id, principal.FindAll("roles").Select(claim => claim.Value).ToHashSet(StringComparer.Ordinal))
            {
                CountedAs = principal.FindFirstValue(TokenChecks.CountedAsClaim) ?? id,
            };
    }

    public static ValueTask<Caller> BindAsync(HttpContext context) => ValueTask.FromResult(From(context.User));
}
