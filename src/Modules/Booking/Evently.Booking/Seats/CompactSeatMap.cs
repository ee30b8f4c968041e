using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Evently.Shared.Ids;
using Evently.Shared.Money;

namespace Evently.Booking.Seats;

/// <summary>The seat map as it is sent: UTF-8 JSON and the tag by which a client asks whether it changed.</summary>
internal sealed record CompactSeatMap(ReadOnlyMemory<byte> Body, string ETag);

/// <summary>
/// Renders an event's seat map: the text around the states is made once, a change costs a copy of it. What was rendered is sent to everybody
/// until a seat or a price changes or the next hold ends.
/// </summary>
internal sealed class CompactSeatMapRenderer(SeatMap map)
{
    private readonly Lock _gate = new();
    private readonly string _head = $"{{\"event_id\":\"{PrefixedId.Format(OnSaleEvent.IdPrefix, map.EventId)}\",\"version\":";
    private byte[]? _template;
    private IReadOnlyDictionary<string, long>? _prices;
    private List<(int Offset, PlanRun Run)> _places = [];
    private CompactSeatMap? _rendered;
    private long _version;
    private long _changes;
    private long _validUntil;

    /// <param name="prices">Of the event now; the same object as long as they are the same.</param>
    public CompactSeatMap Render(IReadOnlyDictionary<string, long> prices, DateTimeOffset now)
    {
        var nowUnits = SeatClaim.UnitsOf(now);
        lock (_gate)
        {
            if (!ReferenceEquals(prices, _prices))
            {
                (_prices, _template) = (prices, null);
                _rendered = null;
            }

            if (_rendered is not null && map.Changes == _changes && nowUnits < _validUntil)
                return _rendered;
            var states = ArrayPool<byte>.Shared.Rent(map.Plan.SeatCount);
            (_changes, _validUntil) = map.WriteStates(nowUnits, states);
            var tail = Fill(prices, states);
            ArrayPool<byte>.Shared.Return(states);

            // Weak: the same seats have the same tag in every instance, whatever the version and the compression.
            var tag = $"W/\"{Convert.ToHexStringLower(SHA256.HashData(tail).AsSpan(0, 12))}\"";
            if (tag == _rendered?.ETag)
                return _rendered;
            _version = Math.Max(_version + 1, now.ToUnixTimeMilliseconds());
            var head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_head}{_version},"));
            return _rendered = new CompactSeatMap((byte[])[.. head, .. tail], tag);
        }
    }

    private byte[] Fill(IReadOnlyDictionary<string, long> prices, ReadOnlySpan<byte> states)
    {
        _template ??= BuildTemplate(prices);
        var tail = _template.AsSpan().ToArray();
        foreach (var (offset, run) in _places)
            states.Slice(run.FirstOrdinal, run.Count).CopyTo(tail.AsSpan(offset));
        return tail;
    }

    private byte[] BuildTemplate(IReadOnlyDictionary<string, long> prices)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var places = new List<(int Offset, PlanRun Run)>(map.Plan.Runs.Count);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("currency", map.Currency);
            json.WriteStartObject("prices");
            foreach (var (seatType, price) in prices)
                json.WriteNumber(seatType, Currency.ToMajor(price, map.Currency));
            json.WriteEndObject();
            json.WriteStartArray("sections");
            foreach (var section in map.Plan.Runs.GroupBy(run => run.Section, StringComparer.Ordinal))
            {
                json.WriteStartObject();
                json.WriteString("section", section.Key);
                json.WriteStartArray("rows");
                foreach (var run in section)
                    WriteRow(json, run, places);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        _places = places;

        // Without the opening brace: the head brings it.
        return buffer.WrittenSpan[1..].ToArray();
    }

    private static void WriteRow(Utf8JsonWriter json, PlanRun run, List<(int Offset, PlanRun Run)> places)
    {
        json.WriteStartObject();
        json.WriteString("row", run.Row);
        json.WriteNumber("first", run.First);
        json.WriteString("seat_type", run.SeatType);
        json.WritePropertyName("states");

        // Behind the colon and the opening quote, less the brace that is cut off.
        json.WriteStringValue(new string('A', run.Count));
        places.Add(((int)(json.BytesCommitted + json.BytesPending) - run.Count - 1 - 1, run));
        json.WriteEndObject();
    }
}
