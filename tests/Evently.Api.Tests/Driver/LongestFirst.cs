using Evently.Api.Tests.Driver;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Evently.Api.Tests.Driver;

/// <summary>Collections that mostly wait begin first, so that the others run beside them and none runs alone in the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Longest = ["Three hosts", ".RestartTests", ".CrashTests", ".PaymentTests", ".StopTests", ".SmallDiskTests"];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => PlaceOf(collection.TestCollectionDisplayName))];

    private static int PlaceOf(string displayName)
    {
        var place = Array.FindIndex(Longest, name => displayName.Contains(name, StringComparison.Ordinal));
        return place < 0 ? Longest.Length : place;
    }
}
