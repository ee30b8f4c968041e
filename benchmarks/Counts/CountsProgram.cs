namespace Evently.Counts;

/// <summary>
/// Writes docs/counts.md, or compares it with what is counted now: what calls make the embedded store and the process do, whatever the machine. Nothing is timed.
/// </summary>
internal static class CountsProgram
{
    private const string Usage = """
        Evently.Counts FILE           compares the file with what is counted; ends with 1 and the differences
        Evently.Counts FILE --write   writes the file
        """;

    private static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case [var file, "--write"]:
                await File.WriteAllTextAsync(file, CountReport.Render(await MeasureAsync()));
                return 0;
            case [var file] when !file.StartsWith('-'):
                var differences = CountReport.Compare(await File.ReadAllTextAsync(file), await MeasureAsync());
                foreach (var difference in differences)
                    await Console.Error.WriteLineAsync(difference);
                return differences.Count == 0 ? 0 : 1;
            default:
                await Console.Error.WriteLineAsync(Usage);
                return 2;
        }
    }

    private static async Task<IReadOnlyList<CallCount>> MeasureAsync()
    {
        await using var host = new CountedHost();
        return await new CallCounts(host).MeasureAsync();
    }
}
