using System.Globalization;
using Evently.Load;
using Evently.Load.Hosts;
using Evently.Load.Scenarios;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
SocketThreads.RunInline();
try
{
    var options = LoadOptions.Read(args);
    await using var bench = await Bench.StartAsync(options);
    await (options.Scenario switch
    {
        "holds" => HoldsAlone.RunAsync(bench),
        _ => throw new FormatException($"There is no scenario {options.Scenario}."),
    });
    return 0;
}
catch (FormatException exception)
{
    await Console.Error.WriteLineAsync(exception.Message + "\n" + LoadOptions.Usage);
    return 2;
}
