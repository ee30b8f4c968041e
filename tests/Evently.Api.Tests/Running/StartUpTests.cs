using System.Text.RegularExpressions;

namespace Evently.Api.Tests.Running;

/// <summary>What a start says of its settings, and of itself on an empty data directory.</summary>
public sealed partial class StartUpTests
{
    [Theory]
    [InlineData("Evently__Storage__Engine", "punchcards", "Evently:Storage:Engine")]
    [InlineData("Evently__Storage__DataDirectory", "/dev/null/data", "Evently:Storage:DataDirectory")]
    [InlineData("Evently__Messaging__Transport", "pigeon", "Evently:Messaging:Transport")]
    [InlineData("Evently__Holds__DefaultSeconds", "4", "Evently:Holds:DefaultSeconds")]
    [InlineData("Evently__Holds__DefaultSeconds", "soon", "Evently:Holds:DefaultSeconds")]
    [InlineData("Evently__RateLimiting__Enabled", "perhaps", "Evently:RateLimiting:Enabled")]
    [InlineData("Evently__Payments__Gateway", "cash", "Evently:Payments:Gateway")]
    [InlineData("Evently__Auth__SigningKey", "short", "Evently:Auth:SigningKey")]
    [InlineData("Evently__Auth__BootstrapAdmin__Password", "short", "Evently:Auth:BootstrapAdmin:Password")]
    public async Task A_wrong_setting_stops_the_start_with_a_sentence_that_names_it(string variable, string value, string setting)
    {
        var (exitCode, output) = await EventlyHost.FailToStartAsync([KeyValuePair.Create(variable, (string?)value)]);

        Assert.NotEqual(0, exitCode);
        Assert.Contains(setting, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_configured_admin_a_first_start_makes_one_and_keeps_its_password_out_of_the_log()
    {
        KeyValuePair<string, string?>[] settings = [new("Evently__Auth__BootstrapAdmin__Email", null), new("Evently__Auth__BootstrapAdmin__Password", null)];
        await using var host = await EventlyHost.StartAsync(settings);
        var (file, email, password) = FirstAdminOf(host);
        Assert.Contains("admin", (await host.World.Anonymous.PostAsync("/user/token", new { email, password })).Is(200)["roles"].Strings());
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

        File.Delete(file);
        await host.StopAsync();
        await host.RestartAsync();

        Assert.DoesNotContain(password, host.Log, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
        (await host.World.Anonymous.PostAsync("/user/token", new { email, password })).Is(200);
    }

    /// <summary>The store lost the admin of the first try (a kill between file and store): the next start makes another, and the file is about that one.</summary>
    [Fact]
    public async Task A_file_that_an_earlier_start_left_is_replaced_with_the_password_that_counts()
    {
        KeyValuePair<string, string?>[] settings = [new("Evently__Auth__BootstrapAdmin__Email", null), new("Evently__Auth__BootstrapAdmin__Password", null)];
        await using var host = await EventlyHost.StartAsync(settings);
        var (file, _, first) = FirstAdminOf(host);
        await host.KillAsync();
        foreach (var store in Directory.GetFiles(Path.GetDirectoryName(file)!, "evently.db*"))
            File.Delete(store);

        await host.RestartAsync();

        var (_, email, password) = FirstAdminOf(host);
        Assert.NotEqual(first, password);
        (await host.World.Anonymous.PostAsync("/user/token", new { email, password })).Is(200);
    }

    private static (string File, string Email, string Password) FirstAdminOf(EventlyHost host)
    {
        var file = PasswordFile().Match(host.Log).Groups[1].Value;
        var words = File.ReadAllText(file).Split(' ', '\n');
        return (file, words[0], words[1]);
    }

    [GeneratedRegex("The password is in (.+);")]
    private static partial Regex PasswordFile();

    [Theory]
    [InlineData("--replay-sent", "yesterday")]
    [InlineData("--replay-sent", "2030-05-01T10:00:00Z", "soon")]
    [InlineData("--replay-sent", "2030-05-01T10:00:00Z", "2030-05-01T09:00:00Z")]
    public async Task A_replay_without_a_stretch_of_time_says_what_it_needs_and_sends_nothing(params string[] arguments)
    {
        var (exitCode, output) = await EventlyHost.RunToEndAsync([], arguments);

        Assert.Equal(1, exitCode);
        Assert.Contains("--replay-sent needs the time", output, StringComparison.Ordinal);
    }
}
