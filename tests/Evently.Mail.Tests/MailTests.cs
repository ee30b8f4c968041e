using System.Net;
using System.Net.Sockets;
using Evently.Mail.Contracts;
using Evently.Mail.Transports;
using Evently.Shared.Http;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Mail.Tests;

public sealed class MailTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;
    private static readonly DateTimeOffset Now = new(2030, 5, 1, 10, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(Now);
    private readonly SecretCipher _cipher = new(new SigningKeys(SigningKey.FromText("a signing key for tests, long enough to sign with")));
    private readonly MemoryTableEngine _engine;

    public MailTests() => _engine = new MemoryTableEngine(_time);

    [Fact]
    public async Task A_mail_is_sent_once_however_often_it_is_asked_for()
    {
        await using var server = new MailServer();
        var postman = PostmanOf(server.Port);
        var mail = Asked("01HV0000000000000000000001");

        await postman.SendAsync(mail, Stop);
        await postman.SendAsync(mail, Stop);

        var got = Assert.Single(server.Received);
        Assert.Equal("Choose a new password", got.Subject);
        Assert.Equal("01HV0000000000000000000001@example.com", got.MessageId);
        Assert.Equal("ann@evently.test", Assert.Single(got.To.Mailboxes).Address);
        Assert.Equal("auto-generated", got.Headers["Auto-Submitted"]);
        Assert.Contains("https://tickets.example.com/password-reset#the-token\n", got.TextBody!.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("until 2030-05-01 10:30 UTC", got.TextBody, StringComparison.Ordinal);
        Assert.Equal("sent", await StateAsync(mail));
    }

    [Fact]
    public async Task A_mail_server_that_is_away_or_busy_is_asked_again()
    {
        await using var server = new MailServer { Answer = SmtpServer.Protocol.SmtpReplyCode.ServiceUnavailable };
        var mail = Asked("01HV0000000000000000000002");
        await Assert.ThrowsAsync<ServiceUnavailableException>(() => PostmanOf(server.Port).SendAsync(mail, Stop));
        await Assert.ThrowsAsync<ServiceUnavailableException>(() => PostmanOf(FreePort()).SendAsync(mail, Stop));
        Assert.Null(await StateAsync(mail));

        server.Answer = null;
        await PostmanOf(server.Port).SendAsync(mail, Stop);
        Assert.Single(server.Received);
    }

    [Fact]
    public async Task A_mail_that_the_server_refuses_is_given_up_and_its_address_not_logged()
    {
        await using var server = new MailServer { Answer = SmtpServer.Protocol.SmtpReplyCode.MailboxUnavailable };
        var mail = Asked("01HV0000000000000000000003");

        var log = new FakeLogger<Postman>();
        var options = Options.Create(Settings(server.Port));
        using var transport = new SmtpTransport(options);

        await new Postman(new ModuleTable<MailModule>(_engine), _cipher, new MailWriter(options), transport, _time, log).SendAsync(mail, Stop);

        Assert.Equal("refused", await StateAsync(mail));
        Assert.Empty(server.Received);
        var line = Assert.Single(log.Collector.GetSnapshot());
        Assert.Contains("550", line.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ann", line.Message + line.Exception, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_tls_is_not_sent_to_where_tls_is_wanted()
    {
        await using var server = new MailServer();
        await Assert.ThrowsAsync<ServiceUnavailableException>(() => PostmanOf(server.Port, SmtpOptions.StartTls).SendAsync(Asked("01HV0000000000000000000004"), Stop));
        Assert.Empty(server.Received);
    }

    [Fact]
    public async Task A_server_that_lets_nobody_log_in_is_waited_for_where_that_is_wanted()
    {
        await using var server = new MailServer();
        var settings = Settings(server.Port);
        (settings.Smtp.User, settings.Smtp.Password) = ("evently", "secret");
        using var transport = new SmtpTransport(Options.Create(settings));
        var mail = new MailWriter(Options.Create(settings)).Write(Asked("01HV0000000000000000000007"), "ann@evently.test", "t", Now);

        await Assert.ThrowsAsync<ServiceUnavailableException>(() => transport.SendAsync("01HV0000000000000000000007", mail, Stop));
        Assert.Empty(server.Received);
    }

    [Fact]
    public async Task A_folder_that_can_not_be_written_to_is_waited_for()
    {
        var file = Path.GetTempFileName();
        var transport = new FileTransport(Options.Create(new StorageOptions { DataDirectory = file }), NullLogger<FileTransport>.Instance);
        var mail = new MailWriter(Options.Create(Settings(1))).Write(Asked("x"), "ann@evently.test", "t", Now);

        await Assert.ThrowsAsync<ServiceUnavailableException>(() => transport.SendAsync("x", mail, Stop));
        File.Delete(file);
    }

    [Fact]
    public async Task What_expired_is_not_mailed_any_more()
    {
        await using var server = new MailServer();
        var mail = Asked("01HV0000000000000000000005");
        _time.Advance(TimeSpan.FromMinutes(30));

        await PostmanOf(server.Port).SendAsync(mail, Stop);

        Assert.Empty(server.Received);
        Assert.Equal("expired", await StateAsync(mail));
    }

    [Fact]
    public async Task A_mail_that_only_another_instances_key_opens_waits_for_that()
    {
        var foreign = new SecretCipher(new SigningKeys(SigningKey.FromText("another signing key for tests, long enough")));
        var mail = Asked("01HV0000000000000000000006") with { SealedTo = foreign.Seal("ann@evently.test", SendTokenMail.ToContext("01HV0000000000000000000006")) };
        await Assert.ThrowsAsync<ServiceUnavailableException>(() => PostmanOf(FreePort()).SendAsync(mail, Stop));
    }

    [Fact]
    public async Task Without_a_mail_server_mails_are_files_for_their_owners_eyes()
    {
        var data = Directory.CreateTempSubdirectory("evently-mail-");
        try
        {
            var transport = new FileTransport(Options.Create(new StorageOptions { DataDirectory = data.FullName }), NullLogger<FileTransport>.Instance);
            var writer = new MailWriter(Options.Create(Settings(1)));
            for (var i = 0; i < 1_002; i++)
                await transport.SendAsync($"01HV00000000000000000{i:D5}", writer.Write(Asked("x"), "ann@evently.test", "t", Now), Stop);

            var files = Directory.GetFiles(Path.Combine(data.FullName, "mail")).Order(StringComparer.Ordinal).ToList();
            Assert.Equal(1_000, files.Count);
            Assert.EndsWith("00002.eml", files[0], StringComparison.Ordinal);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(files[0]));
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("Host", "", "Smtp:Host")]
    [InlineData("Port", "0", "Smtp:Port")]
    [InlineData("Security", "ssl", "Smtp:Security")]
    [InlineData("From", "nobody", "From")]
    [InlineData("From", "Evently <no-reply@evently.example>", "From")]
    [InlineData("SiteAddress", "tickets.example.com", "SiteAddress")]
    [InlineData("SiteAddress", "ftp://tickets.example.com", "SiteAddress")]
    [InlineData("SiteAddress", "http://localhost:8080", "SiteAddress")]
    [InlineData("User", "ann", "Smtp")]
    public void Settings_that_can_not_work_are_refused(string setting, string value, string named)
    {
        var options = Settings(25);
        switch (setting)
        {
            case "Host": options.Smtp.Host = value; break;
            case "Port": options.Smtp.Port = int.Parse(value, null); break;
            case "Security": options.Smtp.Security = value; break;
            case "From": options.From = value; break;
            case "SiteAddress": options.SiteAddress = value; break;
            default: options.Smtp.User = value; break;
        }

        Assert.Empty(Settings(25).Validate(new System.ComponentModel.DataAnnotations.ValidationContext(options)));
        Assert.Contains(options.Validate(new System.ComponentModel.DataAnnotations.ValidationContext(options)), result => result.MemberNames.Contains(named));
    }

    private static MailOptions Settings(int port, string security = SmtpOptions.None) => new()
    {
        Transport = MailOptions.BySmtp,
        From = "Box office <tickets@example.com>",
        SiteAddress = "https://tickets.example.com/",
        Smtp = new SmtpOptions { Host = "127.0.0.1", Port = port, Security = security },
    };

    private Postman PostmanOf(int port, string security = SmtpOptions.None)
    {
        var options = Options.Create(Settings(port, security));
        return new Postman(
            new ModuleTable<MailModule>(_engine), _cipher, new MailWriter(options), new SmtpTransport(options), _time, NullLogger<Postman>.Instance);
    }

    private SendTokenMail Asked(string id) => new(
        id, TokenMailKind.PasswordReset, _cipher.Seal("ann@evently.test", SendTokenMail.ToContext(id)), _cipher.Seal("the-token", SendTokenMail.TokenContext(id)), Now + TimeSpan.FromMinutes(30));

    private async Task<string?> StateAsync(SendTokenMail mail) =>
        (await _engine.GetAsync(Keys.Mail(mail.MailId), Consistency.Strong, Stop))?["state"].String;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
