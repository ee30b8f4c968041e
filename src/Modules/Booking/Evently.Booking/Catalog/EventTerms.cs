using System.Text.Json;
using Evently.Events.Contracts;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Booking.Catalog;

/// <summary>
/// What the messages about one event have told so far, in whatever order they came: one small item, saved by compare-and-swap on its own
/// version. Applying a message that is known already gives the same terms again.
/// </summary>
internal sealed record EventTerms
{
    private const string Cancelled = "cancelled";

    /// <summary>Counts saves of this item; 0 while nothing is stored.</summary>
    public int Version { get; init; }

    /// <summary>The event's revision that <see cref="Name"/> and <see cref="SalesOpenAt"/> come from; 0 before the first message.</summary>
    public int Revision { get; init; }

    public string Name { get; init; } = "";

    public DateTimeOffset? SalesOpenAt { get; init; }

    /// <summary>Null in terms that were stored by versions that did not keep it.</summary>
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>Null: with the start.</summary>
    public DateTimeOffset? SalesCloseAt { get; init; }

    /// <summary>Of holds placed from now on; null while they are those of <see cref="Fixed"/>.</summary>
    public Prices? ChangedPrices { get; init; }

    public bool IsCancelled { get; init; }

    /// <summary>What never changes; null until <see cref="EventCreated"/> has come.</summary>
    public FixedTerms? Fixed { get; init; }

    public EventTerms Apply(EventCreated message)
    {
        var terms = this with
        {
            Fixed = Fixed ?? new FixedTerms(message.OrganizerId, message.Currency, message.Prices, message.HoldSeconds, message.MaxSeatsPerBooking, message.PlanVersion, message.SeatCount, message.MaxSeatsPerUser),
        };
        return Revision > 0 ? terms : terms with
        {
            Revision = Math.Max(1, message.Revision),
            Name = message.Name,
            SalesOpenAt = message.SalesOpenAt,
            SalesCloseAt = message.SalesCloseAt,
            StartTime = message.StartTime,
        };
    }

    public EventTerms Apply(EventChanged message) =>
        message.Revision <= Revision ? this : this with
        {
            Revision = message.Revision,
            Name = message.Name,
            SalesOpenAt = message.SalesOpenAt,
            SalesCloseAt = message.SalesCloseAt,
            StartTime = message.StartTime,
            ChangedPrices = message.Prices is null ? ChangedPrices : new Prices(message.Prices),
        };

    public EventTerms Cancel() => this with { IsCancelled = true };

    /// <summary>For a transaction that must not go through once the event is cancelled.</summary>
    public static Write CheckNotCancelled(Ulid eventId) => Write.Check(Keys.EventTerms(eventId), Condition.Absent(Cancelled));

    public static EventTerms Read(Item? item) => item is null ? new EventTerms() : new EventTerms
    {
        Version = (int)item["version"].Number,
        Revision = (int)item["revision"].Number,
        Name = item["name"].String,
        SalesOpenAt = item.Has("opens_at") ? DateTimeOffset.FromUnixTimeMilliseconds(item["opens_at"].Number) : null,
        SalesCloseAt = item.Has("closes_at") ? DateTimeOffset.FromUnixTimeMilliseconds(item["closes_at"].Number) : null,
        StartTime = item.Has("start_at") ? DateTimeOffset.FromUnixTimeMilliseconds(item["start_at"].Number) : null,
        ChangedPrices = item.Has("prices") ? JsonSerializer.Deserialize(item["prices"].String, CatalogJson.Default.Prices) : null,
        IsCancelled = item.Has(Cancelled),
        Fixed = item.Has("fixed") ? JsonSerializer.Deserialize(item["fixed"].String, CatalogJson.Default.FixedTerms) : null,
    };

    /// <summary>Saves these terms over those that were read; refused when somebody else saved in between.</summary>
    public Write Save(Ulid eventId)
    {
        var attributes = new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            ["version"] = Version + 1,
            ["revision"] = Revision,
            ["name"] = Name,
        };
        if (SalesOpenAt is { } opensAt)
            attributes["opens_at"] = opensAt.ToUnixTimeMilliseconds();
        if (SalesCloseAt is { } closesAt)
            attributes["closes_at"] = closesAt.ToUnixTimeMilliseconds();
        if (StartTime is { } startTime)
            attributes["start_at"] = startTime.ToUnixTimeMilliseconds();
        if (ChangedPrices is not null)
            attributes["prices"] = JsonSerializer.Serialize(ChangedPrices, CatalogJson.Default.Prices);
        if (IsCancelled)
            attributes[Cancelled] = 1;
        if (Fixed is not null)
            attributes["fixed"] = JsonSerializer.Serialize(Fixed, CatalogJson.Default.FixedTerms);
        return Write.Put(Keys.EventTerms(eventId), attributes, Version == 0 ? Condition.ItemAbsent : Condition.Equal("version", Version));
    }
}

/// <param name="Prices">Minor units by seat type.</param>
/// <param name="HoldSeconds">Null for the system's default.</param>
internal sealed record FixedTerms(
    string OrganizerId,
    string Currency,
    IReadOnlyDictionary<string, long> Prices,
    int? HoldSeconds,
    int MaxSeatsPerBooking,
    int PlanVersion,
    int SeatCount,
    int? MaxSeatsPerUser = null);

/// <summary>Minor units by seat type; two are equal when all their prices are.</summary>
internal sealed record Prices(IReadOnlyDictionary<string, long> ByType)
{
    public bool Equals(Prices? other) =>
        other is not null && ByType.Count == other.ByType.Count && ByType.All(price => other.ByType.TryGetValue(price.Key, out var same) && same == price.Value);

    public override int GetHashCode() => ByType.Count;
}
