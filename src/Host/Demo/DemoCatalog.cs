namespace Evently.Host.Demo;

/// <summary>Seats <paramref name="First"/> to <paramref name="Last"/> of a row; the body of <c>POST /venue/{venue_id}/seats</c>.</summary>
internal sealed record DemoRow(string? Section, string Row, int First, int Last, string SeatType);

internal sealed record DemoVenue(string Name, string City, string Description, string TimeZone, IReadOnlyList<string> SeatTypes, IReadOnlyList<DemoRow> Rows);

/// <param name="SalesOpenInDays">Null: on sale at once.</param>
internal sealed record DemoEvent(
    string Venue,
    string Name,
    string Description,
    int InDays,
    int DurationMinutes,
    IReadOnlyList<string> Artists,
    IReadOnlyList<string> Tags,
    string Currency,
    IReadOnlyDictionary<string, decimal> Prices,
    int? SalesOpenInDays = null);

internal static class DemoCatalog
{
    private const string Cellar = "Blue Note Cellar";
    private const string Theatre = "City Theatre";
    private const string Arena = "Riverside Arena";

    public static readonly IReadOnlyList<DemoVenue> Venues =
    [
        new(Cellar, "Hamburg", "A jazz club with 60 seats and low lamps.", "Europe/Berlin", ["table", "bar"],
        [
            .. Rows(null, 'A', 5, 10, "table"),
            new DemoRow(null, "F", 1, 10, "bar"),
        ]),
        new(Theatre, "London", "A house from 1904 with stalls, a circle and a balcony; 1,200 seats.", "Europe/London", ["stalls", "circle", "balcony"],
        [
            .. Rows("Stalls", 'A', 20, 30, "stalls"),
            .. Rows("Circle", 'A', 12, 30, "circle"),
            .. Rows("Balcony", 'A', 8, 30, "balcony"),
        ]),
        new(Arena, "Berlin", "Twenty blocks of a thousand seats around one stage.", "Europe/Berlin", ["standard", "premium", "vip"],
        [
            .. Enumerable.Range(1, 20).SelectMany(block => Rows($"Block {block}", 'A', 25, 40, block switch { <= 2 => "vip", <= 6 => "premium", _ => "standard" })),
        ]),
    ];

    public static readonly IReadOnlyList<DemoEvent> Events =
    [
        new(Cellar, "Late Night Jazz", "The house trio and whoever comes by.", 10, 150, ["The Cellar Trio"], ["jazz", "club"], "EUR",
            new Dictionary<string, decimal> { ["table"] = 28.00m, ["bar"] = 18.50m }),
        new(Theatre, "The Tempest", "Shakespeare's island, with a real storm.", 24, 165, ["The City Players"], ["theatre", "classic"], "GBP",
            new Dictionary<string, decimal> { ["stalls"] = 75.00m, ["circle"] = 55.00m, ["balcony"] = 29.50m }),
        new(Theatre, "An Evening of Chamber Music", "Quartets by Haydn and Bartók.", 38, 120, ["Quartetto Nuovo"], ["classical", "music"], "GBP",
            new Dictionary<string, decimal> { ["stalls"] = 60.00m, ["circle"] = 45.00m, ["balcony"] = 20.00m }),
        new(Arena, "Northern Lights Tour", "Two hours of light and sound for twenty thousand.", 60, 140, ["Aurora Lane", "The Parallels"], ["pop", "arena"], "EUR",
            new Dictionary<string, decimal> { ["standard"] = 59.00m, ["premium"] = 95.00m, ["vip"] = 180.00m }),
        new(Arena, "Winter Games Gala", "Not on sale yet: try to hold a seat and see when it opens.", 120, 180, ["National Skaters"], ["sport", "family"], "EUR",
            new Dictionary<string, decimal> { ["standard"] = 39.00m, ["premium"] = 69.00m, ["vip"] = 120.00m }, SalesOpenInDays: 30),
    ];

    private static IEnumerable<DemoRow> Rows(string? section, char firstRow, int rows, int seats, string seatType) =>
        Enumerable.Range(0, rows).Select(row => new DemoRow(section, ((char)(firstRow + row)).ToString(), 1, seats, seatType));
}
