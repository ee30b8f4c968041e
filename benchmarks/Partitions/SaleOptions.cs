using Evently.Shared.Text;

namespace Evently.Partitions;

/// <param name="Seats">Of the event.</param>
/// <param name="Party">Seats of one purchase.</param>
/// <param name="Crowd">Buyers at a time: each begins anew as soon as it has its seats.</param>
/// <param name="TableWrites">Write units that the table serves in a second.</param>
/// <param name="HoldsOnly">Nobody confirms.</param>
/// <param name="Seed">One seed gives one run.</param>
internal sealed record SaleOptions(int Seats = 80_000, int Party = 2, int Crowd = 400, int TableWrites = 4_000, bool HoldsOnly = false, int Seed = 1)
{
    public const string Usage = "Evently.Partitions [--seats 80000] [--party 2] [--crowd 400] [--writes 4000] [--holds] [--seed 1]";

    /// <summary>Null when they say something unknown.</summary>
    public static SaleOptions? Parse(ReadOnlySpan<string> arguments)
    {
        var options = new SaleOptions();
        while (arguments.Length > 0)
        {
            if (arguments[0] == "--holds")
            {
                options = options with { HoldsOnly = true };
                arguments = arguments[1..];
                continue;
            }

            if (arguments.Length < 2 || !CanonicalNumber.TryParse(arguments[1], out int number) || With(options, arguments[0], number) is not { } changed)
                return null;
            options = changed;
            arguments = arguments[2..];
        }

        return options;
    }

    private static SaleOptions? With(SaleOptions options, string name, int number) => name switch
    {
        "--seats" => options with { Seats = number },
        "--party" => options with { Party = number },
        "--crowd" => options with { Crowd = number },
        "--writes" => options with { TableWrites = number },
        "--seed" => options with { Seed = number },
        _ => null,
    };
}
