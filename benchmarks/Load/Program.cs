using System.Globalization;
using System.Runtime.InteropServices;
using Evently.Load;
using Evently.Load.Hosts;

const int Ended = 3;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
SocketThreads.RunInline();

// Without a handler of one's own a signal ends a process before it can tidy up.
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(Ended));
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Environment.Exit(Ended));
try
{
    var options = LoadOptions.Read(args);
    var scenario = Catalog.Find(options.Scenario);
    await using var bench = await Bench.StartAsync(options);
    try
    {
        await scenario(bench);
    }
    finally
    {
        // Also what was measured before something went wrong.
        bench.Board.Print(Console.Out);
    }

    return 0;
}
catch (FormatException exception)
{
    await Console.Error.WriteLineAsync(exception.Message + "\n" + LoadOptions.Usage);
    return 2;
}
catch (Exception exception) when (exception is TimeoutException or InvalidOperationException or HttpRequestException)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
