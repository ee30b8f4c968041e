using System.Text;
using System.Text.Json;
using Evently.Shared.Storage;

namespace Evently.Venues.Seats;

/// <summary>
/// One stored stretch of a venue's seats. Parts are filled in order and a run never changes once it is written, so "part and index" names a
/// place for ever. Names are written once a part and the whole is compressed: 100,000 seats in ordinary rows take one part of a few KB.
/// </summary>
internal sealed record SeatPart(int Part, IReadOnlyList<StoredRun> Runs)
{
    /// <summary>Bounds of a part before compression, so that it stays far below an item's limit and cheap to append to.</summary>
    public const int MaxRuns = 4_000;

    public const int MaxNameBytes = 64 * 1024;

    private const string RunsAttribute = "runs";
    private const int FieldsOfRun = 6;

    /// <summary>How many bytes of names a run may add to its part.</summary>
    public static int NameBytes(StoredRun run) => Encoding.UTF8.GetByteCount(run.Section) + Encoding.UTF8.GetByteCount(run.Row);

    public Dictionary<string, Value> ToAttributes()
    {
        var ordinals = new Dictionary<string, int>(StringComparer.Ordinal);
        var numbers = new int[Runs.Count * FieldsOfRun];
        var at = 0;
        foreach (var run in Runs)
        {
            numbers[at++] = OrdinalOf(run.Section);
            numbers[at++] = OrdinalOf(run.Row);
            numbers[at++] = run.First;
            numbers[at++] = run.Last;
            numbers[at++] = OrdinalOf(run.SeatType);
            numbers[at++] = run.Version;
        }

        var document = new SeatPartDocument(ordinals.OrderBy(pair => pair.Value).Select(pair => pair.Key).ToArray(), numbers);
        return new(StringComparer.Ordinal) { [RunsAttribute] = PackedBytes.Pack(JsonSerializer.SerializeToUtf8Bytes(document, VenuesJson.Default.SeatPartDocument)) };

        int OrdinalOf(string name)
        {
            if (!ordinals.TryGetValue(name, out var ordinal))
                ordinals[name] = ordinal = ordinals.Count;
            return ordinal;
        }
    }

    public static SeatPart Read(Item item)
    {
        using var json = PackedBytes.Open(item[RunsAttribute].Binary);
        var document = JsonSerializer.Deserialize(json, VenuesJson.Default.SeatPartDocument) ?? throw new InvalidDataException($"{item.Key} is empty.");
        var (names, numbers) = document;
        var runs = new StoredRun[numbers.Length / FieldsOfRun];
        for (var i = 0; i < runs.Length; i++)
        {
            var run = numbers.AsSpan(i * FieldsOfRun, FieldsOfRun);
            runs[i] = new StoredRun(names[run[0]], names[run[1]], run[2], run[3], names[run[4]], run[5]);
        }

        return new SeatPart(Keys.PartOf(item.Key), runs);
    }
}

/// <param name="Names">Sections, rows and seat types, each once.</param>
/// <param name="Runs">Six numbers a run: section, row (ordinals of names), first, last, seat type (ordinal), version.</param>
internal sealed record SeatPartDocument(string[] Names, int[] Runs);
