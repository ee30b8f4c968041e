using Evently.Mail.Transports;
using Evently.Shared.Configuration;
using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Mail;

/// <summary>Sends mail that other modules ask for by message.</summary>
public sealed class MailModule : IModule
{
    internal const string Prefix = "MAIL#";

    public static string Name => "Mail";

    public static string KeyPrefix => Prefix;

    public IReadOnlyList<Type> Endpoints => [];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddEventlyOptions<MailOptions>("Mail");
        services.AddSingleton<MailWriter>();
        services.AddSingleton<Postman>();
        if (configuration.ReadEventlyOptions<MailOptions>("Mail").Transport == MailOptions.BySmtp)
            services.AddSingleton<IMailTransport, SmtpTransport>();
        else
            services.AddSingleton<IMailTransport, FileTransport>();
    }

    public void AddMessaging(ModuleBusConfigurator bus) => bus.Consumer<SendTokenMails>();
}
