using System.Globalization;
using Evently.Load.Stage;

namespace Evently.Load;

/// <summary>What was asked for on the command line.</summary>
/// <param name="Scenario">A name in <see cref="Catalog"/>.</param>
/// <param name="Seconds">Length of each measurement.</param>
/// <param name="Seats">Of the event on sale.</param>
/// <param name="Clients">Connections, each of which has one request under way.</param>
/// <param name="Rate">Visits a second of an open loop; 0: half of what was reached before.</param>
/// <param name="Seed">Of the order of seats and of arrivals.</param>
/// <param name="Rounds">How often each measurement is repeated.</param>
/// <param name="Users">Buyers that are signed up.</param>
/// <param name="Host">The path of another <c>Evently.Host.dll</c> to measure; null for the one built with this program.</param>
internal sealed record LoadOptions(
    string Scenario, double Seconds, int Seats, int Clients, double Rate, int Seed, int Rounds, int Users, string? Host)
{
    public const string Usage =
        """
        Evently.Load <scenario> [--seconds 4] [--seats 100000] [--clients 64] [--rate 0] [--seed 1] [--rounds 5] [--users 5000] [--host <Evently.Host.dll>]
        """;

    public TimeSpan Time => TimeSpan.FromSeconds(Seconds);

    /// <exception cref="FormatException">Says what is wrong with the arguments.</exception>
    public static LoadOptions Read(IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0 || arguments[0].StartsWith('-'))
            throw new FormatException("Name a scenario.");
        var options = new LoadOptions(arguments[0], 4, 100_000, 64, 0, 1, 5, 5_000, null);
        for (var index = 1; index < arguments.Count; index += 2)
        {
            if (index + 1 == arguments.Count)
                throw new FormatException($"{arguments[index]} has no value.");
            options = options.With(arguments[index], arguments[index + 1]);
        }

        var fewest = (options.Seats + Organizer.SeatsPerUser - 1) / Organizer.SeatsPerUser;
        return options.Users >= fewest ? options : throw new FormatException($"{options.Seats} seats need at least {fewest} users.");
    }

    private LoadOptions With(string name, string value) => name switch
    {
        "--seconds" => this with { Seconds = Number(name, value, 0.1, 3_600) },
        "--seats" => this with { Seats = Whole(name, value, 40, 100_000) },
        "--clients" => this with { Clients = Whole(name, value, 1, 10_000) },
        "--rate" => this with { Rate = Number(name, value, 0, 1_000_000) },
        "--seed" => this with { Seed = Whole(name, value, 0, int.MaxValue) },
        "--rounds" => this with { Rounds = Whole(name, value, 1, 100) },
        "--users" => this with { Users = Whole(name, value, 1, 100_000) },
        "--host" => this with { Host = Path.GetFullPath(value) },
        _ => throw new FormatException($"There is no option {name}."),
    };

    private static int Whole(string name, string value, int least, int most) => (int)Number(name, value, least, most);

    private static double Number(string name, string value, double least, double most)
    {
        var number = double.Parse(value, CultureInfo.InvariantCulture);
        return number >= least && number <= most ? number : throw new FormatException($"{name} is from {least:0.#} to {most:0}.");
    }
}
