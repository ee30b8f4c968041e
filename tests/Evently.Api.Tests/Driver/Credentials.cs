using System.Text.RegularExpressions;

namespace Evently.Api.Tests.Driver;

/// <summary>Reads printed credentials as a person would: an address and beside it the password.</summary>
public static partial class Credentials
{
    public static IReadOnlyList<(string Email, string Password)> All(string log) =>
        [.. Pair().Matches(log).Select(pair => (pair.Groups["email"].Value, pair.Groups["password"].Value)).Distinct()];

    [GeneratedRegex(@"(?<email>[\w.+-]+@[\w.-]+\w)(?: +with the password)? +(?<password>\S{10,})")]
    private static partial Regex Pair();
}
