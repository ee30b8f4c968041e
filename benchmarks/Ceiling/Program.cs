using Evently.Ceiling;

// The least that a durable hold could be on this machine: the same JSON is read, two rows are flushed to disk, 201 is answered. No routes, accounts, rules.
// Arguments: the directory of the store and the address to listen on.
if (args is not [var directory, var address])
{
    await Console.Error.WriteLineAsync("Evently.Ceiling <directory> <address>");
    return 2;
}

var builder = WebApplication.CreateSlimBuilder();
builder.WebHost.UseUrls(address);
builder.WebHost.ConfigureKestrel(server => server.AddServerHeader = false);
builder.Logging.ClearProviders();
await using var app = builder.Build();
using var store = new GroupCommitStore(Path.Combine(directory, "ceiling.db"));
app.Run(new CeilingHandler(store, TimeProvider.System).HandleAsync);
await app.RunAsync();
return 0;
