namespace Evently.Load.Hosts;

/// <summary>The two programs that are measured, and the directories they work in.</summary>
internal sealed class Programs : IDisposable
{
    public const string AdminEmail = "root@evently.test";
    public const string AdminPassword = "correct horse battery";

    /// <summary>Tokens are signed here with the host's key, to spare it a second password hash for each of thousands of buyers.</summary>
    public const string SigningKey = "a-key-of-more-than-thirty-two-bytes-for-measurements";

    /// <summary>What is not as in production: who measures is one address, and thousands sign up before anything is measured.</summary>
    private static readonly Dictionary<string, string> Settings = new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["Evently__RateLimiting__Enabled"] = "false",
        ["Evently__Users__PasswordIterations"] = "1000",
        ["Evently__Auth__BootstrapAdmin__Email"] = AdminEmail,
        ["Evently__Auth__BootstrapAdmin__Password"] = AdminPassword,
        ["Evently__Auth__SigningKey"] = SigningKey,
    };

    private readonly string? _hostAssembly;
    private readonly string _root = FindRoot();
    private readonly List<string> _directories = [];
    private readonly List<ChildHost> _children = [];

    /// <param name="hostAssembly">Another build of the host than the one beside this program; null for that one.</param>
    public Programs(string? hostAssembly)
    {
        _hostAssembly = hostAssembly;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
    }

    /// <summary>A host on this data directory.</summary>
    public Task<ChildHost> StartHostAsync(string dataDirectory) => StartAsync(
        _hostAssembly ?? Built("src/Host", "Evently.Host.dll"),
        address => ["--urls", address],
        [.. Settings, KeyValuePair.Create("Evently__Storage__DataDirectory", dataDirectory)]);

    public Task<ChildHost> StartCeilingAsync() => StartAsync(
        Built("benchmarks/Ceiling", "Evently.Ceiling.dll"), address => [NewDirectory(), address], []);

    /// <summary>An empty directory that goes with this object. It is in the repository, on a disk, for temporary directories may be in memory.</summary>
    public string NewDirectory()
    {
        var directory = Path.Combine(_root, "artifacts", "load", Path.GetRandomFileName());
        Directory.CreateDirectory(directory);
        _directories.Add(directory);
        return directory;
    }

    /// <summary>A directory with the same files as that of a host that was stopped.</summary>
    public string Copy(string directory)
    {
        var copy = NewDirectory();
        foreach (var file in Directory.GetFiles(directory, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(directory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return copy;
    }

    public void Drop(string directory)
    {
        Directory.Delete(directory, recursive: true);
        _directories.Remove(directory);
    }

    /// <summary>Whoever ends this program leaves no host and no data behind.</summary>
    public void Dispose()
    {
        foreach (var child in _children)
            child.Kill();
        foreach (var directory in _directories.ToArray())
            Drop(directory);
    }

    private async Task<ChildHost> StartAsync(
        string assembly, Func<string, IEnumerable<string>> arguments, IEnumerable<KeyValuePair<string, string>> settings)
    {
        var child = await ChildHost.StartAsync(assembly, arguments, settings);
        _children.Add(child);
        return child;
    }

    private string Built(string project, string assembly)
    {
        // Built together with this program and for the same configuration and framework: its own path ends as theirs does.
        var own = Path.GetRelativePath(Path.Combine(_root, "benchmarks", "Load"), AppContext.BaseDirectory);
        var path = Path.Combine(_root, project, own, assembly);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is missing; build benchmarks/Load, which builds it too.");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Evently.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("Evently.sln is in no folder above this program.");
    }
}
