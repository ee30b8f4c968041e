using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;

namespace Evently.Shared.Tests.Emulators;

/// <summary>
/// Servers that stand in for AWS in tests. They come from npm packages that are fetched once into the git-ignored folder <c>.emulators</c>. Where one can't run, its
/// tests are skipped with the reason, or fail when <c>EVENTLY_REQUIRE_EMULATORS=1</c>.
/// </summary>
internal static class Emulator
{
    private static readonly TimeSpan LongestFetch = TimeSpan.FromMinutes(3);

    public static bool IsRequired => Environment.GetEnvironmentVariable("EVENTLY_REQUIRE_EMULATORS") == "1";

    /// <summary>The folder of the unpacked package.</summary>
    /// <exception cref="EmulatorMissingException">npm is not there, or the package could not be fetched.</exception>
    public static async Task<string> FetchAsync(string package, string version, CancellationToken cancellationToken)
    {
        var root = Path.Combine(RepositoryRoot(), ".emulators");
        var folder = Path.Combine(root, $"{package}-{version}");
        Directory.CreateDirectory(root);
        await using var turn = await TakeTurnAsync(Path.Combine(root, ".lock"), cancellationToken);
        if (Directory.Exists(folder))
            return folder;
        var archive = Path.Combine(root, $"{package}-{version}.tgz");
        if (!File.Exists(archive))
            await RunAsync("npm", ["pack", $"{package}@{version}", "--pack-destination", root], cancellationToken);
        var partial = folder + ".partial";
        if (Directory.Exists(partial))
            Directory.Delete(partial, recursive: true);
        Directory.CreateDirectory(partial);
        await using (var file = File.OpenRead(archive))
        await using (var unzipped = new GZipStream(file, CompressionMode.Decompress))
            await TarFile.ExtractToDirectoryAsync(unzipped, partial, overwriteFiles: true, cancellationToken);
        Directory.Move(partial, folder);
        return folder;
    }

    /// <summary>The folder in which the package and what it depends on are installed.</summary>
    /// <exception cref="EmulatorMissingException">npm is not there, or the package could not be installed.</exception>
    public static async Task<string> InstallAsync(string package, string version, CancellationToken cancellationToken)
    {
        var root = Path.Combine(RepositoryRoot(), ".emulators");
        var folder = Path.Combine(root, $"{package}-{version}");
        Directory.CreateDirectory(root);
        await using var turn = await TakeTurnAsync(Path.Combine(root, ".lock"), cancellationToken);
        if (Directory.Exists(folder))
            return folder;
        var partial = folder + ".partial";
        if (Directory.Exists(partial))
            Directory.Delete(partial, recursive: true);
        Directory.CreateDirectory(partial);
        await RunAsync("npm", ["install", "--prefix", partial, "--ignore-scripts", "--no-audit", "--no-fund", $"{package}@{version}"], cancellationToken);
        Directory.Move(partial, folder);
        return folder;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static Process Start(string program, IEnumerable<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new EmulatorMissingException($"'{program}' is not on this machine.", exception);
        }
    }

    private static async Task RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Start(program, arguments);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(LongestFetch);
        var errors = process.StandardError.ReadToEndAsync(bound.Token);
        await process.StandardOutput.ReadToEndAsync(bound.Token);
        await process.WaitForExitAsync(bound.Token);
        if (process.ExitCode != 0)
            throw new EmulatorMissingException($"'{program}' could not fetch the emulator: {await errors}");
    }

    /// <summary>Test processes run side by side; one of them fetches.</summary>
    private static async Task<FileStream> TakeTurnAsync(string file, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (TimeProvider.System.GetElapsedTime(started) < LongestFetch)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
            }
        }
    }

    public static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Evently.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new EmulatorMissingException("The tests don't run inside of the repository.");
    }
}

internal sealed class EmulatorMissingException(string message, Exception? inner = null) : Exception(message, inner);
