using System.Security.Cryptography;
using System.Text;
using Evently.Shared.Http;

namespace Evently.Host.Start;

/// <summary>
/// Where mailed links lead. The token is in the address's fragment, which stays in the browser; only the form's button redeems it, so that a program that
/// looks at links in mails uses up none.
/// </summary>
internal static class TokenPages
{
    private const string Body = """
        <main>
        <h1>TITLE</h1>
        <form data-call="CALL">
        FIELDS
        <button>TITLE</button>
        </form>
        <p role="status"></p>
        <noscript><p>This page needs JavaScript: what the link carries must not leave the browser by itself.</p></noscript>
        </main>
        <script>SCRIPT</script>
        """;

    private const string Password = """
        <label for="password">New password, at least 10 characters</label>
        <input id="password" name="new_password" type="password" autocomplete="new-password" minlength="10" maxlength="128" required>
        """;

    private const string Script = """
        const form = document.querySelector('form');
        const status = document.querySelector('[role=status]');
        const button = form.querySelector('button');
        const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');
        let attempts = 0;
        form.addEventListener('submit', async submitted => {
          submitted.preventDefault();
          const body = Object.fromEntries(new FormData(form));
          body.token = location.hash.slice(1);
          status.textContent = 'One moment …';
          button.disabled = true;
          try {
            const answer = await fetch(form.dataset.call, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': `${key}-${attempts}` }, body: JSON.stringify(body) });
            if (answer.ok) { form.hidden = true; history.replaceState(null, '', location.pathname); }
            else if (answer.status < 500) attempts++;
            status.textContent = answer.ok ? 'Done.' : (await answer.json()).detail;
          } catch { status.textContent = 'Evently could not be reached. Please try again.'; }
          button.disabled = false;
        });
        """;

    private static readonly string Policy =
        $"{PlainPage.Policy}; script-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Script)))}'; connect-src 'self'";

    public static void MapTokenPages(this IEndpointRouteBuilder endpoints)
    {
        Map(endpoints, "/password-reset", "Choose a new password", "/user/password-reset/confirm", Password);
        Map(endpoints, "/email-proof", "Confirm my address", "/user/email-proof/confirm", "");
    }

    private static void Map(IEndpointRouteBuilder endpoints, string path, string title, string call, string fields)
    {
        var body = Body
            .Replace("TITLE", title, StringComparison.Ordinal)
            .Replace("CALL", call, StringComparison.Ordinal)
            .Replace("FIELDS", fields, StringComparison.Ordinal)
            .Replace("SCRIPT", Script, StringComparison.Ordinal);
        endpoints.MapPage(path, $"{title} – Evently", body, Policy).Public();
    }
}
