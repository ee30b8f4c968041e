using System.Text.RegularExpressions;

namespace Evently.Api.Tests.Driver;

/// <summary>Reads printed credentials as a person would: an address, and next to it or below it the password.</summary>
public static partial class Credentials
{
    public static (string Email, string Password) Find(string log) => All(log) is [var first, ..]
        ? first
        : throw new Xunit.Sdk.XunitException("No credentials are printed in:\n" + log);

    public static IReadOnlyList<(string Email, string Password)> All(string log) =>
        [.. Pair().Matches(log).Select(match => (match.Groups["email"].Value, match.Groups["password"].Value))];

    [GeneratedRegex(@"(?<email>[\w.+-]+@[\w.-]+\w)[\s,;|:/]+(?:(?:and |with )?(?:the )?password:?\s+(?:is )?)?['""]?(?<password>[^\s'"",;]{10,})", RegexOptions.IgnoreCase)]
    private static partial Regex Pair();
}
