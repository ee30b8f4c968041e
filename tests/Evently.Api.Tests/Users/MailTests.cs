using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Evently.Api.Tests.Users;

/// <summary>From the request over the mail to the page that its link leads to.</summary>
public sealed partial class MailTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task A_link_in_a_mail_leads_to_a_page_that_sets_a_new_password()
    {
        var user = await _world.CustomerAsync();
        (await _world.Anonymous.PostAsync("/user/password-reset", new { email = user.Email })).Is(202);
        var (page, token) = await LinkAsync(user.Email);

        Assert.Equal("/password-reset", page);
        await IsPageAsync(page, "/user/password-reset/confirm");
        (await _world.Anonymous.PostAsync("/user/password-reset/confirm", new { token, new_password = "another good passphrase" })).Is(204);
        (await _world.Anonymous.PostAsync("/user/token", new { email = user.Email, password = "another good passphrase" })).Is(200);
    }

    [Fact]
    public async Task A_link_in_a_mail_leads_to_a_page_that_proves_the_address()
    {
        var user = await _world.CustomerAsync();
        (await user.Api.PostAsync("/user/email-proof", new { })).Is(202);
        var (page, token) = await LinkAsync(user.Email);

        Assert.Equal("/email-proof", page);
        await IsPageAsync(page, "/user/email-proof/confirm");
        (await _world.Anonymous.PostAsync("/user/email-proof/confirm", new { token })).Is(204);
        Assert.True((await user.Api.GetAsync("/user/me")).Is(200)["email_proven"].GetBoolean());
    }

    private async Task<(string Page, string Token)> LinkAsync(string to)
    {
        var folder = Path.Combine(shared.Host.DataDirectory, "mail");
        var mail = "";
        await Eventually.HoldsAsync(() =>
        {
            Assert.True(Directory.Exists(folder), "Nothing was mailed.");
            mail = Assert.Single(Directory.GetFiles(folder, "*.eml").Select(File.ReadAllText), text => text.Contains("To: " + to, StringComparison.Ordinal));
            return Task.CompletedTask;
        });
        var link = Link().Match(mail);
        Assert.True(link.Success, mail);
        return (link.Groups[1].Value, link.Groups[2].Value);
    }

    private async Task IsPageAsync(string path, string call)
    {
        var page = (await _world.Anonymous.GetAsync(path)).Is(200);
        Assert.Contains($"data-call=\"{call}\"", page.Text, StringComparison.Ordinal);

        // The browser runs the page's script only when the policy names its hash.
        var script = Script().Match(page.Text).Groups[1].Value;
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)));
        Assert.EndsWith($"; script-src 'sha256-{hash}'; connect-src 'self'", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
    }

    [GeneratedRegex("<script>(.+)</script>", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex(@"http://localhost:8080(/[a-z-]+)#([\w-]{43})")]
    private static partial Regex Link();
}
