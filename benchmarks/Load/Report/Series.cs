namespace Evently.Load.Report;

/// <summary>The same figure of several rounds.</summary>
internal sealed class Series
{
    private readonly List<double> _values = [];

    public bool IsEmpty => _values.Count == 0;

    public int Count => _values.Count;

    public double Least => _values.Min();

    public double Most => _values.Max();

    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    public double Median
    {
        get
        {
            var sorted = _values.Order().ToArray();
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    public void Add(double value) => _values.Add(value);
}
