using System.Text.RegularExpressions;
using Evently.Analytics;
using Evently.Booking;
using Evently.Events;
using Evently.Mail;
using Evently.Shared.Configuration;
using Evently.Shared.Http;
using Evently.Shared.Modules;
using Evently.Shared.Storage;
using Evently.Users;
using Evently.Venues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Architecture.Tests;

/// <summary>What the README says of settings is what is read, and a key that nobody reads is refused by its name.</summary>
public sealed partial class SettingsTests
{
    private static readonly Lazy<IReadOnlyList<SettingsSection>> Sections = new(() =>
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Evently:Auth:SigningKey", new string('k', 40))]).Build();
        var services = new ServiceCollection();
        services.AddStorage(configuration);
        services.AddEventlyModules(configuration, registry =>
            registry.Add<VenuesModule>().Add<EventsModule>().Add<BookingModule>().Add<UsersModule>().Add<MailModule>().Add<AnalyticsModule>());
        services.AddEventlyHttp(configuration, keyDirectory: null);
        return [.. services.Select(service => service.ImplementationInstance).OfType<SettingsSection>()];
    });

    public static TheoryData<string> Documented
    {
        get
        {
            var settings = new TheoryData<string>();
            foreach (Match row in Row().Matches(File.ReadAllText(Repository.File("README.md"))))
            {
                var section = "";
                foreach (Match name in Name().Matches(row.Groups[1].Value))
                {
                    var text = name.Groups[1].Value;
                    if (text.StartsWith("Evently:", StringComparison.Ordinal))
                        section = text[..text.LastIndexOf(':')];
                    settings.Add(text.StartsWith(':') ? section + text : text);
                }
            }

            return settings;
        }
    }

    [Fact]
    public void The_documented_settings_are_found() => Assert.InRange(Documented.Count, 20, 200);

    [Theory]
    [MemberData(nameof(Documented))]
    public void A_documented_setting_is_read_and_misspelt_it_is_refused_by_name(string setting)
    {
        var isList = setting.EndsWith("Keys", StringComparison.Ordinal) || setting.EndsWith("Origins", StringComparison.Ordinal) || setting.EndsWith("Trusted", StringComparison.Ordinal);
        Check(isList ? setting + ":0" : setting);

        var parts = setting.Split(':');
        for (var part = 1; part < parts.Length; part++)
        {
            var misspelt = string.Join(':', parts.Select((text, index) => index == part ? text[..^1] : text));
            var refused = Assert.Throws<ConfigurationException>(() => Check(isList ? misspelt + ":0" : misspelt));
            Assert.Contains(string.Join(':', misspelt.Split(':')[..(part + 1)]), refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Evently:Storage:Enginee")]
    [InlineData("Evently:RateLimitin:Enabled")]
    [InlineData("Evently:Holds:DefaultSecond")]
    [InlineData("Evently:Cors:Origins")]
    [InlineData("Evently:Storage:Engine:0")]
    public void A_key_that_nobody_reads_is_refused(string setting) =>
        Assert.StartsWith(Assert.Throws<ConfigurationException>(() => Check(setting)).Message.Split(' ')[0], setting, StringComparison.Ordinal);

    private static void Check(string setting) =>
        KnownSettings.Check(new ConfigurationBuilder().AddInMemoryCollection([new(setting, "x")]).Build(), Sections.Value);

    /// <summary>The first cell of a row of the table of settings.</summary>
    [GeneratedRegex(@"^\| ((?:`:?[A-Za-z:]+`(?:, )?)+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`(:?[A-Z][A-Za-z:]+)`")]
    private static partial Regex Name();
}
