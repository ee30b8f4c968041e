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

    public TimeSpan Lifetime => TimeSpan.FromMinutes(options.Value.TokenMinutes);

    /// <summary>Where tokens come from when not from here.</summary>
    public string? ExternalAuthority => options.Value.Authority;

    public string Issue(User user)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = options.Value.Issuer,
            Audience = options.Value.Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + Lifetime,
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
