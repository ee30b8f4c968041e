using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Evently.Users;

/// <summary>Section <c>Evently:Users</c>.</summary>
internal sealed class UsersOptions
{
    /// <summary>Rounds of PBKDF2-HMAC-SHA512 a password. The default is what OWASP advises; fewer make test runs fast. A change applies to a stored hash at its owner's next login.</summary>
    [Range(1_000, 10_000_000)]
    public int PasswordIterations { get; set; } = 210_000;
}

internal sealed class PasswordHasherSetup(IOptions<UsersOptions> users) : IConfigureOptions<PasswordHasherOptions>
{
    public void Configure(PasswordHasherOptions options) => options.IterationCount = users.Value.PasswordIterations;
}
