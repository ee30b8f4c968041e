using Evently.Shared.Configuration;
using Evently.Shared.Http;
using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Evently.Users.Accounts;
using Evently.Users.Guests;
using Evently.Users.History;
using Evently.Users.MailedTokens;
using Evently.Users.Passwords;
using Evently.Users.Tokens;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Evently.Users;

public sealed class UsersModule : IModule
{
    internal const string Prefix = "USERS#";
    internal const string IdPrefix = "user";
    internal const string Tag = "Users";

    public static string Name => "Users";

    public static string KeyPrefix => Prefix;

    public IReadOnlyList<Type> Endpoints =>
    [
        typeof(RegisterUser), typeof(IssueToken), typeof(GetUser), typeof(GetMe), typeof(ChangeUser), typeof(SetSeller),
        typeof(ChangePassword), typeof(SetRoles), typeof(EraseUser), typeof(ExportUser), typeof(ListUserBookings),
        typeof(AskPasswordReset), typeof(ResetPassword), typeof(AskEmailProof), typeof(ProveEmail), typeof(RegisterGuest),
    ];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddEventlyOptions<UsersOptions>("Users");
        services.AddSingleton<IConfigureOptions<PasswordHasherOptions>, PasswordHasherSetup>();
        services.TryAddSingleton<PasswordHasher<User>>();
        services.AddSingleton<PasswordGate>();
        services.AddSingleton<UserStore>();
        services.AddScoped<UserRegistrar>();
        services.AddSingleton<AccountEditor>();
        services.AddSingleton<AccountChanges>();
        services.AddSingleton<AccountDirectory>();
        services.AddSingleton<IAccountDirectory>(provider => provider.GetRequiredService<AccountDirectory>());
        services.AddSingleton<FailedLogins>();
        services.AddSingleton<TokenIssuer>();
        services.AddScoped<TokenMailer>();
        services.AddSingleton<TokenStore>();
        services.AddSingleton<MailLimits>();
        services.AddSingleton<GuestLimit>();
        services.AddSingleton<BookingHistory>();
        services.AddSingleton<IValidateOptions<AuthOptions>, FirstAdminRules>();
        services.AddHostedService<FirstAdmin>();
        services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, UsersJson.Default));
    }

    public void AddMessaging(ModuleBusConfigurator bus)
    {
        bus.Consumer<RecordBookings>();
        bus.Consumer<RecordEvents>();
        bus.Consumer<MailPasswordReset>();
    }
}
