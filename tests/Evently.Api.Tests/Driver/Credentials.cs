using System.Text.RegularExpressions;

namespace Evently.Api.Tests.Driver;

/// <summary>Reads printed credentials as a person would: "… with the password X", and the addresses next to it.</summary>
public static partial class Credentials
{
    public static (string Email, string Password) Find(string log) => All(log) is [var first, ..]
        ? first
        : throw new Xunit.Sdk.XunitException("No credentials are printed in:\n" + log);

    public static IReadOnlyList<(string Email, string Password)> All(string log) => Password().Match(log) is { Success: true } password
        ? [.. Email().Matches(log).Select(email => email.Value).Distinct().Select(email => (email, password.Groups[1].Value))]
        : [];

    [GeneratedRegex(@"with the password (\S+)")]
    private static partial Regex Password();

    [GeneratedRegex(@"[\w.+-]+@[\w.-]+\w")]
    private static partial Regex Email();
}
