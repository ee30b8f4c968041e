using System.Buffers.Text;
using System.Security.Cryptography;
using Evently.Shared.Configuration;
using Evently.Shared.Http;
using Evently.Users.Passwords;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Evently.Users.Accounts;

/// <summary>
/// Makes the first admin before the server listens, while there is none: the configured one, or in the embedded mode one with a password of its own making. An
/// installation that has an admin is left alone, so that configuration cannot open a second way in later.
/// </summary>
internal sealed partial class FirstAdmin(
    IServiceScopeFactory scopes,
    UserStore users,
    PasswordGate passwords,
    IOptions<AuthOptions> options,
    ILogger<FirstAdmin> logger) : IHostedService
{
    private const string MadeEmail = "admin@evently.example";

    // Nobody is called there; the field is required of everybody.
    private const string MadePhone = "+10000000000";
    private const int MadePasswordBytes = 18;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Authority is not null || await users.AnyAdminAsync(cancellationToken))
            return;
        var configured = options.Value.BootstrapAdmin;
        if (configured is { Email: { } email, Password: { } password })
            await MakeAsync(email, password, cancellationToken);
        else if (configured.Generate == true)
            await GenerateAsync(cancellationToken);
        else
            Log.NoAdmin(logger);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task GenerateAsync(CancellationToken cancellationToken)
    {
        var password = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(MadePasswordBytes));
        await MakeAsync(MadeEmail, password, cancellationToken);

        // To the terminal and not to the log: logs are shipped and kept.
        Console.WriteLine($"The first admin is {MadeEmail} with the password {password} (shown this once).");
    }

    private async Task MakeAsync(string email, string password, CancellationToken cancellationToken)
    {
        var hash = await passwords.HashAsync(password, cancellationToken) ?? throw new InvalidOperationException("Passwords are being hashed before the start.");
        await using var scope = scopes.CreateAsyncScope();
        var registrar = scope.ServiceProvider.GetRequiredService<UserRegistrar>();
        var user = await registrar.RegisterAsync(email, MadePhone, "Admin", hash, Roles.All, cancellationToken);
        if (user is not null)
            Log.Made(logger, user.UserId);
        else if (!await users.AnyAdminAsync(cancellationToken))
            throw new ConfigurationException("Evently:Auth:BootstrapAdmin:Email belongs to an account that is no admin; name another address.");
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Made the first admin, {UserId}")]
        public static partial void Made(ILogger logger, string userId);

        [LoggerMessage(2, LogLevel.Warning, "There is no admin, and Evently:Auth:BootstrapAdmin names none")]
        public static partial void NoAdmin(ILogger logger);
    }
}

/// <summary>The configured account has to keep the rules that every account keeps.</summary>
internal sealed class FirstAdminRules : IValidateOptions<AuthOptions>
{
    public ValidateOptionsResult Validate(string? name, AuthOptions options)
    {
        if (options.BootstrapAdmin is not { Email: { } email, Password: { } password })
            return ValidateOptionsResult.Success;
        var emailErrors = new ValidationErrors();
        AccountRules.Email(email, emailErrors);
        if (emailErrors.Any)
            return ValidateOptionsResult.Fail("Evently:Auth:BootstrapAdmin:Email must be an e-mail address.");
        var passwordErrors = new ValidationErrors();
        AccountRules.Password(password, passwordErrors);
        return passwordErrors.Any
            ? ValidateOptionsResult.Fail($"Evently:Auth:BootstrapAdmin:Password must have {AccountRules.MinPasswordLength} to {AccountRules.MaxPasswordLength} characters.")
            : ValidateOptionsResult.Success;
    }
}
