using System.Security.Claims;
using Evently.Shared.Storage;
using Evently.Shared.Text;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Http;

/// <summary>What a valid signature does not say: that the account still is what the token tells, and whether a foreign issuer could be asked.</summary>
internal sealed partial class TokenChecks : JwtBearerEvents
{
    /// <summary>The account's token version at the time of issue; absent in tokens of versions that had none, which is 0.</summary>
    public const string VersionClaim = "ver";

    /// <summary>Added here from the account, and never believed of a token.</summary>
    public const string CountedAsClaim = "evently:counted_as";

    private readonly bool _isForeign;

    public TokenChecks(bool isForeign) => _isForeign = isForeign;

    public override async Task TokenValidated(TokenValidatedContext context)
    {
        var http = context.HttpContext;
        foreach (var claimed in (context.Principal?.Identity as ClaimsIdentity)?.FindAll(CountedAsClaim).ToArray() ?? [])
            claimed.Subject?.RemoveClaim(claimed);
        if (_isForeign || http.RequestServices.GetService<IAccountDirectory>() is not { } directory
            || context.Principal?.Identity is not ClaimsIdentity identity || identity.FindFirst(Authentication.SubjectClaim)?.Value is not { } userId)
            return;
        var fresh = http.GetEndpoint()?.Metadata.GetMetadata<FreshAccount>() is not null;
        var account = await directory.FindAsync(userId, fresh, http.RequestAborted);

        // A token that is newer than what is known of its account was issued since.
        if (account is not null && VersionOf(identity) > account.TokenVersion)
            account = await directory.FindAsync(userId, fresh: true, http.RequestAborted);
        if (account is null || account.TokenVersion != VersionOf(identity))
        {
            context.Fail("The token has ended.");
            return;
        }

        foreach (var claim in identity.FindAll(Authentication.RolesClaim).ToArray())
            identity.RemoveClaim(claim);
        identity.AddClaims(account.Roles.Select(role => new Claim(Authentication.RolesClaim, role)));
        if (account.CountedAs is { } countedAs)
            identity.AddClaim(new Claim(CountedAsClaim, countedAs));
    }

    /// <summary>Not knowing is not a no: while the issuer's keys can't be had, a good token can't be told from a bad one.</summary>
    public override async Task AuthenticationFailed(AuthenticationFailedContext context)
    {
        if (!_isForeign || context.Options.ConfigurationManager is not { } issuer)
            return;
        try
        {
            await issuer.GetConfigurationAsync(context.HttpContext.RequestAborted);
        }
#pragma warning disable CA1031 // Whatever kept the issuer from answering, it is not the caller's fault.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            Log.IssuerSilent(context.HttpContext.RequestServices.GetRequiredService<ILogger<TokenChecks>>(), context.Options.Authority ?? "", exception);
            throw new TableUnavailableException("The identity provider does not answer.", exception);
        }
    }

    private static int VersionOf(ClaimsIdentity identity) =>
        identity.FindFirst(VersionClaim)?.Value is { } text && CanonicalNumber.TryParse(text, out int version) ? version : 0;

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The identity provider {Authority} does not answer; calls with tokens are answered with 503")]
        public static partial void IssuerSilent(ILogger logger, string authority, Exception exception);
    }
}
