using System.Globalization;

namespace Evently.Load.Report;

/// <summary>Collects figures round by round and prints a line for each: median, spread, ratio to the ceiling of the same round, target.</summary>
internal sealed class Scoreboard
{
    private const int NameWidth = 60;
    private readonly Dictionary<Figure, (Series Values, Series Ratios)> _figures = [];
    private readonly List<Figure> _order = [];

    /// <param name="ceiling">Of the same kind and moment; null where there is nothing to compare with.</param>
    public void Add(Figure figure, double value, double? ceiling = null)
    {
        if (!_figures.TryGetValue(figure, out var series))
        {
            _figures[figure] = series = (new Series(), new Series());
            _order.Add(figure);
        }

        series.Values.Add(value);
        if (ceiling is { } ratioTo)
            series.Ratios.Add(value / ratioTo);
    }

    public void Print(TextWriter to)
    {
        to.WriteLine();
        to.WriteLine($"{"figure",-NameWidth} {"n",3} {"median",10} {"least",10} {"most",10} {"ratio",6}  {"target",-24} met");
        foreach (var figure in _order.OrderBy(figure => figure.IsAside))
            to.WriteLine(Line(figure, _figures[figure].Values, _figures[figure].Ratios));
    }

    private static string Line(Figure figure, Series values, Series ratios)
    {
        var ratio = ratios.IsEmpty ? "" : $"{ratios.Median:N2}";
        var line = $"{figure.Name,-NameWidth} {values.Count,3} {Show(values.Median),10} {Show(values.Least),10} {Show(values.Most),10} {ratio,6}";
        if (figure.Target is not { } target)
            return line;
        var isMet = target.IsMetBy(values.Median) && (figure.RatioTarget is null || (!ratios.IsEmpty && figure.RatioTarget.IsMetBy(ratios.Median)));
        var wanted = figure.RatioTarget is { } ratioTarget ? $"{target}, ratio {ratioTarget}" : target.ToString();
        return $"{line}  {wanted,-24} {(isMet ? "yes" : "NO")}";

        string Show(double value) => value.ToString("N" + figure.Decimals, CultureInfo.InvariantCulture);
    }
}
