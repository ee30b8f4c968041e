using Evently.Mail.Contracts;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Http;

namespace Evently.Users.MailedTokens;

/// <summary>Nobody's mailbox is filled from here, and nobody has mails sent without end. Kept in this process only, as other limits.</summary>
internal sealed class MailLimits : IDisposable
{
    public const int PerAddress = 5;
    public const int PerClient = 60;

    private readonly HourlyLimit _byAddress = new(PerAddress);
    private readonly HourlyLimit _byClient = new(PerClient);

    public static ProblemResult Slowed(TimeSpan wait) =>
        Problems.Of(StatusCodes.Status429TooManyRequests, "too_many_mails", "Too many mails were asked for; wait.") with { RetryAfter = wait };

    /// <summary>Not null: how long to wait.</summary>
    public TimeSpan? TakeForClient(HttpContext context) => _byClient.Take(ClientAddress.Of(context));

    /// <param name="kind">Each has a count of its own: what anybody may ask for is not to keep an owner from what only owners may.</param>
    /// <param name="email">Normalized.</param>
    public TimeSpan? TakeForAddress(TokenMailKind kind, string email) => _byAddress.Take($"{kind} {email}");

    public void Dispose()
    {
        _byAddress.Dispose();
        _byClient.Dispose();
    }
}
