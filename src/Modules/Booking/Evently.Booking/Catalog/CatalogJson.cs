using System.Text.Json.Serialization;
using Evently.Venues.Contracts;

namespace Evently.Booking.Catalog;

/// <summary>Documents inside the catalog's items.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FixedTerms))]
[JsonSerializable(typeof(Prices))]
[JsonSerializable(typeof(IReadOnlyList<SeatRun>))]
internal sealed partial class CatalogJson : JsonSerializerContext;
