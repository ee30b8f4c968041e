using System.Globalization;
using System.Text;

namespace Evently.Load.Stage;

/// <summary>Seats of a venue: sections of a thousand, in rows of forty.</summary>
internal sealed class Hall
{
    public const int RowSeats = 40;
    public const int SectionRows = 25;

    private readonly byte[][] _bodies;

    public Hall(int seats)
    {
        if (seats % RowSeats != 0)
            throw new ArgumentException($"A hall has whole rows of {RowSeats} seats, so {seats} is no number of seats.", nameof(seats));
        Seats = seats;
        _bodies = [.. Enumerable.Range(0, seats).Select(seat => Encoding.ASCII.GetBytes($"{{\"seats\":[\"{Position(seat)}\"]}}"))];
    }

    public int Seats { get; }

    /// <summary>The rows as <c>POST /venue/{venue_id}/seats</c> takes them.</summary>
    public IReadOnlyList<object> Rows =>
    [
        .. Enumerable.Range(0, Seats / RowSeats).Select(row => new
        {
            section = Section(row),
            row = Row(row),
            first = 1,
            last = RowSeats,
            seat_type = "standard",
        }),
    ];

    /// <summary>The body of a hold of this one seat.</summary>
    /// <param name="seat">From 0, in the plan's order.</param>
    public ReadOnlyMemory<byte> BodyOf(int seat) => _bodies[seat];

    /// <summary>The body of a hold of neighbours, as many of them as the row has from this seat on.</summary>
    public static byte[] BodyOf(int seat, int count)
    {
        var last = Math.Min(seat + count, (seat / RowSeats + 1) * RowSeats);
        var positions = Enumerable.Range(seat, last - seat).Select(number => $"\"{Position(number)}\"");
        return Encoding.ASCII.GetBytes($"{{\"seats\":[{string.Join(',', positions)}]}}");
    }

    /// <summary>All seats in an order of chance.</summary>
    public int[] Shuffled(int seed)
    {
        var order = Enumerable.Range(0, Seats).ToArray();
        new Random(seed).Shuffle(order);
        return order;
    }

    private static string Position(int seat) =>
        string.Create(CultureInfo.InvariantCulture, $"{Section(seat / RowSeats)}/{Row(seat / RowSeats)}-{seat % RowSeats + 1}");

    private static string Section(int row) => (row / SectionRows + 1).ToString(CultureInfo.InvariantCulture);

    private static string Row(int row) => ((char)('A' + row % SectionRows)).ToString();
}
