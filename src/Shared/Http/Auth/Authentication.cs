using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Evently.Shared.Http;

internal static class Authentication
{
    public const string SubjectClaim = "sub";
    public const string RolesClaim = "roles";
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(10);

    public static void AddBearerTokens(this IServiceCollection services)
    {
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<IOptions<AuthOptions>, SigningKeys, TimeProvider>((bearer, auth, keys, time) => Configure(bearer, auth.Value, keys, time));
        services.AddAuthorizationBuilder()
            .AddPolicy(Policies.SignedIn, policy => policy.RequireClaim(SubjectClaim))
            .AddPolicy(Policies.Organizer, policy => RequireAny(policy, Roles.Organizer))
            .AddPolicy(Policies.Support, policy => RequireAny(policy, Roles.Support))
            .AddPolicy(Policies.Admin, policy => RequireAny(policy));
    }

    private static void RequireAny(AuthorizationPolicyBuilder policy, params string[] roles) =>
        policy.RequireClaim(SubjectClaim).RequireClaim(RolesClaim, [.. roles, Roles.Admin]);

    private static void Configure(JwtBearerOptions bearer, AuthOptions auth, SigningKeys keys, TimeProvider time)
    {
        bearer.MapInboundClaims = false;
        bearer.TimeProvider = time;
        bearer.IncludeErrorDetails = false;
        bearer.Events = new TokenChecks(isForeign: auth.Authority is not null);
        bearer.TokenValidationParameters = new TokenValidationParameters
        {
            NameClaimType = SubjectClaim,
            RoleClaimType = RolesClaim,
            ValidAudience = auth.Audience,
            ClockSkew = ClockSkew,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            LifetimeValidator = (notBefore, expires, _, parameters) => IsCurrent(time.GetUtcNow().UtcDateTime, notBefore, expires, parameters.ClockSkew),
        };
        if (auth.Authority is { } authority)
        {
            bearer.Authority = authority;
            bearer.RequireHttpsMetadata = !new Uri(authority).IsLoopback;
            bearer.TokenValidationParameters.ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.EcdsaSha256];
        }
        else
        {
            bearer.TokenValidationParameters.ValidIssuer = auth.Issuer;
            bearer.TokenValidationParameters.IssuerSigningKeyResolver = (_, _, keyId, _) => keys.Candidates(keyId).Select(key => key.Security);
            bearer.TokenValidationParameters.ValidAlgorithms = [SecurityAlgorithms.HmacSha256];
        }
    }

    private static bool IsCurrent(DateTime now, DateTime? notBefore, DateTime? expires, TimeSpan skew) =>
        expires is { } end && now < end + skew && (notBefore is not { } start || now > start - skew);
}
