using System.Security.Cryptography;
using System.Text;
using Evently.Users.Accounts;

namespace Evently.Users.Guests;

/// <summary>Under which id limits on a guest's seats count.</summary>
internal static class GuestIdentity
{
    private const int Bytes = 16;

    /// <summary>The same for every spelling of the address, on every instance and under every signing key; tells nothing of it to the eye.</summary>
    public static string Of(string email)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes("evently guest " + AccountRules.NormalizeEmail(email)));
        return "guest-" + Convert.ToHexStringLower(hash.AsSpan(0, Bytes));
    }
}
