using System.Runtime.CompilerServices;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Evently.Venues.Seats;

namespace Evently.Venues;

/// <summary>Reads of venues and of their seat parts.</summary>
internal sealed class VenueStore(ModuleTable<VenuesModule> table)
{
    /// <summary>Parts in one page of a query; a part has some 100 KB at most.</summary>
    private const int PartsInPage = 8;

    public static readonly ProblemResult NotFound = Problems.NotFound("venue_not_found", "There is no such venue.");

    /// <summary>Strongly consistent, so that a venue is usable at once; null when there is none.</summary>
    public async ValueTask<Venue?> FindAsync(string venueId, CancellationToken cancellationToken)
    {
        if (!PrefixedId.TryParse(venueId, VenuesModule.IdPrefix, out _))
            return null;
        var item = await table.GetAsync(Keys.Venue(venueId), Consistency.Strong, cancellationToken);
        return item is null ? null : Venue.Read(venueId, item);
    }

    /// <summary>A page of venues in the order of their creation; of one city, or of all.</summary>
    /// <returns>The venues and the place to continue behind, null when there is no more.</returns>
    public async ValueTask<(List<Venue> Venues, string? Next)> ListAsync(string? city, PageRequest page, CancellationToken cancellationToken)
    {
        string[] partitions = city is null ? [Keys.AllVenues] : [.. new[] { Keys.CityPartition(city), Keys.FormerCityPartition(city) }.Distinct(StringComparer.Ordinal)];
        var ids = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var partition in partitions)
            ids.UnionWith(await ListIdsAsync(partition, page, cancellationToken));

        var venues = new List<Venue>();
        foreach (var batch in ids.Take(page.Limit).Chunk(TableLimits.BatchGetKeys))
        {
            var items = await table.GetManyAsync(Array.ConvertAll(batch, Keys.Venue), Consistency.Strong, cancellationToken);
            venues.AddRange(batch.Zip(items).Where(pair => pair.Second is not null).Select(pair => Venue.Read(pair.First, pair.Second!)));
        }

        return (venues, ids.Count > page.Limit ? ids.ElementAt(page.Limit - 1) : null);
    }

    private async ValueTask<List<string>> ListIdsAsync(string partition, PageRequest page, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        var after = page.After;
        do
        {
            // One more than asked tells whether there is a next page.
            var query = new Query(partition, SortRange.All, Consistency.Strong, page.Limit + 1 - ids.Count, After: after);
            var found = await table.QueryAsync(query, cancellationToken);
            ids.AddRange(found.Items.Select(item => item.Key.Sort));
            after = found.Next;
        }
        while (after is not null && ids.Count <= page.Limit);
        return ids;
    }

    /// <summary>The seats of the venue's plan as it was at a version, as runs in the order in which they were added.</summary>
    public async ValueTask<IReadOnlyList<StoredRun>> ReadPlanAsync(string venueId, int version, CancellationToken cancellationToken)
    {
        var runs = new List<StoredRun>();
        await foreach (var part in ReadPartsAsync(venueId, firstPart: 0, cancellationToken))
            runs.AddRange(part.Runs);
        return SeatPlanHistory.At(runs, version);
    }

    /// <summary>The seat parts from <paramref name="firstPart"/> on, in order.</summary>
    public async IAsyncEnumerable<SeatPart> ReadPartsAsync(string venueId, int firstPart, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? after = null;
        do
        {
            var query = new Query(Keys.VenuePartition(venueId), Keys.SeatPartsFrom(firstPart), Consistency.Strong, PartsInPage, After: after);
            var page = await table.QueryAsync(query, cancellationToken);
            foreach (var item in page.Items)
                yield return SeatPart.Read(item);
            after = page.Next;
        }
        while (after is not null);
    }
}
