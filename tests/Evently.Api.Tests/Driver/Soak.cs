using System.Globalization;

namespace Evently.Api.Tests.Driver;

/// <summary>Tests of chance run in a short form; environment variables make them longer or repeat another seed. CONTRIBUTING.md lists them.</summary>
internal static class Soak
{
    public static int Setting(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
}
