using Evently.Shared.Ids;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Shared.Http;

/// <summary>
/// The id of what a request makes. It is kept with the request's <c>Idempotency-Key</c> before anything is made, so that a repeat finds what its first try
/// did, even when that died half way. As an endpoint's parameter it binds itself.
/// </summary>
/// <param name="IsRepeat">An earlier try with the same key began and was not answered: what it made may be there, whole or in part.</param>
public sealed record RequestIdentity(Ulid Id, bool IsRepeat)
{
    /// <summary>No key keeps it: the request can't be repeated, and may make what it makes under another id.</summary>
    public bool IsUnkept { get; private init; }

    /// <summary>Of a request without a key.</summary>
    public static RequestIdentity Unkept(Ulid id) => new(id, IsRepeat: false) { IsUnkept = true };

    public static ValueTask<RequestIdentity> BindAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return ValueTask.FromResult(
            context.Features.Get<RequestIdentity>() ?? Unkept(context.RequestServices.GetRequiredService<IdGenerator>().Next()));
    }
}
