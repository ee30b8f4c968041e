using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Evently.Shared.Configuration;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
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
    IOptions<StorageOptions> storage,
    IdGenerator ids,
    StartPatience patience,
    ILogger<FirstAdmin> logger) : IHostedService
{
    private const string MadeEmail = "admin@evently.example";

    // Nobody is called there; the field is required of everybody.
    private const string MadePhone = "+10000000000";
    private const int MadePasswordBytes = 18;
    private const string PasswordFile = "first-admin-password";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Authority is not null || await OnceServedAsync(users.AnyAdminAsync, cancellationToken))
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
        if (!Console.IsOutputRedirected)
        {
            await MakeAsync(MadeEmail, password, cancellationToken);
            Console.WriteLine($"The first admin is {MadeEmail} with the password {password} (shown this once).");
            return;
        }

        // Redirected, the output is a log, and logs are shipped and kept. The file comes first: an admin whose password nobody knows would lock everybody out.
        var file = Path.GetFullPath(Path.Combine(storage.Value.DataDirectory, PasswordFile));
        OwnersFile.Write(file, Encoding.UTF8.GetBytes($"{MadeEmail} {password}\n"), replace: true);
        await MakeAsync(MadeEmail, password, cancellationToken);
        Console.WriteLine($"The first admin is {MadeEmail}. The password is in {file}; remove the file once you have read it.");
    }

    private async Task MakeAsync(string email, string password, CancellationToken cancellationToken)
    {
        var hash = await passwords.HashAsync(password, cancellationToken) ?? throw new InvalidOperationException("Passwords are being hashed before the start.");
        var user = await OnceServedAsync(token => RegisterAsync(email, hash, token), cancellationToken);

        // The address is also taken when an earlier attempt was applied and its answer lost.
        if (user is not null)
            Log.Made(logger, user.UserId);
        else if (!await OnceServedAsync(users.AnyAdminAsync, cancellationToken))
            throw new ConfigurationException("Evently:Auth:BootstrapAdmin:Email belongs to an account that is no admin; name another address.");
    }

    private async ValueTask<User?> RegisterAsync(string email, string hash, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<UserRegistrar>().RegisterAsync(ids.Next(), email, MadePhone, "Admin", hash, Roles.All, cancellationToken);
    }

    private Task<TResult> OnceServedAsync<TResult>(Func<CancellationToken, ValueTask<TResult>> call, CancellationToken cancellationToken) =>
        patience.ForAsync(StartPatience.Table, token => call(token).AsTask(), cancellationToken);

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
