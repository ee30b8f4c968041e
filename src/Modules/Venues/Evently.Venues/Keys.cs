using System.Globalization;
using System.Text;
using Evently.Shared.Storage;
using Evently.Shared.Text;

namespace Evently.Venues;

/// <summary>Every key of the module.</summary>
internal static class Keys
{
    private const string SeatsPrefix = "SEATS#";

    /// <summary>Ids of all venues, in the order of their creation.</summary>
    public const string AllVenues = VenuesModule.Prefix + "LIST";

    public static ItemKey Venue(string venueId) => new(VenuePartition(venueId), "META");

    public static ItemKey SeatPart(string venueId, int part) => new(VenuePartition(venueId), SeatPartSort(part));

    public static string VenuePartition(string venueId) => $"{VenuesModule.Prefix}VENUE#{venueId}";

    public static SortRange AllSeatParts() => SortRange.BeginsWith(SeatsPrefix);

    public static SortRange SeatPartsFrom(int part) => SortRange.Between(SeatPartSort(part), SeatsPrefix + "~");

    public static int PartOf(ItemKey key) => int.Parse(key.Sort.AsSpan(SeatsPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture);

    public static ItemKey ListEntry(string venueId) => new(AllVenues, venueId);

    public static ItemKey CityEntry(string city, string venueId) => new(CityPartition(city), venueId);

    /// <summary>Ids of the venues of a city, however it is written.</summary>
    public static string CityPartition(string city) => $"{VenuesModule.Prefix}CITY#{TextFolding.Fold(city).ToUpperInvariant()}";

    /// <summary>Where versions before 0.2 kept them: accents counted. The same for names that have none.</summary>
    public static string FormerCityPartition(string city) =>
        $"{VenuesModule.Prefix}CITY#{city.Trim().Normalize(NormalizationForm.FormC).ToUpperInvariant()}";

    private static string SeatPartSort(int part) => SeatsPrefix + part.ToString("D6", CultureInfo.InvariantCulture);
}
