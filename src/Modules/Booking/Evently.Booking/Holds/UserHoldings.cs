using System.Buffers.Binary;
using Evently.Booking.Ledger;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Booking.Holds;

/// <summary>A holding in its user's list.</summary>
/// <param name="Until">When the hold ends, in the units of <see cref="SeatClaim.Until"/>.</param>
/// <param name="Seats">How many seats it holds or has booked; 0 once it is known to have none.</param>
/// <param name="IsBooked">It is known to have become a booking: its seats count for the event's own limit only.</param>
internal readonly record struct HoldingReference(Ulid Holding, long Until, int Seats, bool IsBooked = false)
{
    public bool IsActiveAt(DateTimeOffset now) => Seats > 0 && !IsBooked && Until > SeatClaim.UnitsOf(now);

    /// <summary>It may hold seats: a payment protects them beyond the end of the hold, so only its saga tells.</summary>
    public bool MayHoldAt(DateTimeOffset now) => Seats > 0 && !IsBooked && Until > SeatClaim.UnitsOf(now - UserHoldings.LongestProtection);
}

/// <summary>
/// One user's holdings of one event: one small item, saved by compare-and-swap. It keeps the cap on held seats without a scan, and is support's
/// list of what the user has of the event. Holds that end leave it alone: their expiry says so.
/// </summary>
internal sealed class UserHoldings(int version, IReadOnlyList<HoldingReference> references)
{
    /// <summary>Seats that a user may hold of an event at a time; more where one booking may have more.</summary>
    public const int MaxHeldSeats = 10;

    /// <summary>Longer than payments keep seats beyond the end of their hold.</summary>
    public static readonly TimeSpan LongestProtection = TimeSpan.FromMinutes(15);

    /// <summary>The newest are kept; an item of 200 has some 4.5 KB.</summary>
    public const int MaxReferences = 200;

    /// <summary>In the byte that counts a reference's seats, of which there are far fewer.</summary>
    private const byte BookedFlag = 0x80;

    private const int ReferenceBytes = Ulid.ByteLength + sizeof(long) + 1;
    private const string ReferencesAttribute = "refs";
    private const string VersionAttribute = "version";

    /// <summary>Counts saves; 0 while nothing is stored.</summary>
    public int Version { get; } = version;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<HoldingReference> References { get; } = references;

    public static UserHoldings Read(Item? item)
    {
        if (item is null)
            return new UserHoldings(0, []);
        var bytes = item[ReferencesAttribute].Binary.Span;
        var references = new HoldingReference[bytes.Length / ReferenceBytes];
        for (var i = 0; i < references.Length; i++)
        {
            var entry = bytes.Slice(i * ReferenceBytes, ReferenceBytes);
            references[i] = new HoldingReference(
                Ulid.FromBytes(entry[..Ulid.ByteLength]),
                BinaryPrimitives.ReadInt64BigEndian(entry[Ulid.ByteLength..]),
                entry[^1] & ~BookedFlag,
                (entry[^1] & BookedFlag) != 0);
        }

        return new UserHoldings((int)item[VersionAttribute].Number, references);
    }

    public Write Save(ItemKey key, DateTimeOffset keepUntil)
    {
        var bytes = new byte[References.Count * ReferenceBytes];
        for (var i = 0; i < References.Count; i++)
        {
            var entry = bytes.AsSpan(i * ReferenceBytes, ReferenceBytes);
            References[i].Holding.WriteBytes(entry);
            BinaryPrimitives.WriteInt64BigEndian(entry[Ulid.ByteLength..], References[i].Until);
            entry[^1] = (byte)(References[i].Seats | (References[i].IsBooked ? BookedFlag : 0));
        }

        var attributes = new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            [VersionAttribute] = Version + 1,
            [ReferencesAttribute] = bytes,
            [WellKnown.TimeToLive] = keepUntil.ToUnixTimeSeconds(),
        };
        return Write.Put(key, attributes, Version == 0 ? Condition.ItemAbsent : Condition.Equal(VersionAttribute, Version));
    }

    public bool Has(Ulid holding)
    {
        foreach (var reference in References)
        {
            if (reference.Holding == holding)
                return true;
        }

        return false;
    }

    /// <summary>Whether that many more seats keep the user within the cap on held seats.</summary>
    public bool HasRoomFor(int seats, int cap, DateTimeOffset now) => seats + References.Where(reference => reference.MayHoldAt(now)).Sum(reference => reference.Seats) <= cap;

    /// <summary>Seats held and booked, as far as is known.</summary>
    public int SeatsInAll => References.Sum(reference => reference.Seats);

    /// <summary>When the next of the active holds ends; null without one.</summary>
    public DateTimeOffset? NextExpiry(DateTimeOffset now)
    {
        var active = References.Where(reference => reference.IsActiveAt(now)).ToArray();
        return active.Length == 0 ? null : new SeatClaim(active.Min(reference => reference.Until), default).ExpiresAt;
    }

    public UserHoldings Append(HoldingReference reference)
    {
        var references = References.Append(reference).ToList();
        if (references.Count > MaxReferences)
        {
            var ended = references.FindIndex(candidate => candidate.Seats == 0);
            references.RemoveAt(Math.Max(ended, 0));
        }

        return new UserHoldings(Version, references);
    }

    /// <summary>As it is once <see cref="Save"/> was applied.</summary>
    public UserHoldings Saved() => new(Version + 1, References);

    /// <summary>Notes what has become of holdings.</summary>
    public UserHoldings With(IReadOnlyDictionary<Ulid, HoldingReference> known) =>
        new(Version, [.. References.Select(reference => known.GetValueOrDefault(reference.Holding, reference))]);
}
