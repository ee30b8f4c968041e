using System.Globalization;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Users.Accounts;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Evently.Users.Tokens;

internal sealed class TokenIssuer(SigningKeys keys, IOptions<AuthOptions> options, TimeProvider time, IdGenerator ids)
{
    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>How long a token of the user is valid.</summary>
    public TimeSpan LifetimeFor(User user) => TimeSpan.FromMinutes(user.IsGuest ? options.Value.GuestTokenMinutes : options.Value.TokenMinutes);

    /// <summary>The answer to what needs an account here, where accounts and tokens come from another issuer; else null.</summary>
    public ProblemResult? Elsewhere => options.Value.Authority is { } authority ? Problems.NotFound("external_issuer", $"Tokens come from {authority}.") : null;

    public string Issue(User user)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = options.Value.Issuer,
            Audience = options.Value.Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + LifetimeFor(user),
            Claims = new Dictionary<string, object>
            {
                ["sub"] = user.UserId,
                ["roles"] = user.Roles.ToArray(),
                ["jti"] = ids.Next().ToString(),
                ["ver"] = user.TokenVersion.ToString(CultureInfo.InvariantCulture),
            },
            SigningCredentials = new SigningCredentials(keys.Current.Security, SecurityAlgorithms.HmacSha256),
        });
    }
}
