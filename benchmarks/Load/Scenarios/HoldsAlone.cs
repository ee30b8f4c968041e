using Evently.Load.Loops;
using Evently.Load.Stage;

namespace Evently.Load.Scenarios;

/// <summary>Holds and nothing else, round for round beside the ceiling: the quickest way to see what a change did.</summary>
internal static class HoldsAlone
{
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(6);

    public static async Task RunAsync(Bench bench)
    {
        var options = bench.Options;
        await using var host = await bench.StartHostAsync();
        var organizer = await Organizer.SignInAsync(host);
        await RunAsync(WarmUpTime, options.Seed);
        Console.WriteLine("round  ceiling/s  holds/s  ratio  CPU ms a hold  outcomes");
        for (var round = 1; round <= options.Rounds; round++)
        {
            var ceiling = await bench.CeilingAsync(options.Clients);
            var holds = await RunAsync(options.Time, options.Seed + round);
            Console.WriteLine(
                $"{round,5}  {ceiling,9:N0}  {holds.WonPerSecond,7:N0}  {holds.WonPerSecond / ceiling,5:N2}  {holds.CpuPerVisit,13:N3}  {holds.Record.Show()}");
        }

        async Task<Measured> RunAsync(TimeSpan time, int seed)
        {
            var show = await organizer.ShowAsync(options.Seats);
            return await ClosedLoop.RunAsync(host, options.Clients, new Limit(time, options.Seats), Holds.Of(show, bench.Crowd, seed));
        }
    }
}
