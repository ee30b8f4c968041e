namespace Evently.Load.Hosts;

/// <summary>
/// Lets this process run what follows an answer on the thread that received it: with one such thread thousands of clients cost no switches between
/// threads and no queues, and the machine is left to the host. Nothing that is awaited from there may block.
/// </summary>
internal static class SocketThreads
{
    private const string Inline = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
    private const string Count = "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT";

    /// <summary>Called before the first socket is made, when the runtime looks at it.</summary>
    public static void RunInline()
    {
        Environment.SetEnvironmentVariable(Inline, "1");
        Environment.SetEnvironmentVariable(Count, "1");
    }

    /// <summary>The programs under measurement run as they always do.</summary>
    public static void Forget(IDictionary<string, string?> environment)
    {
        environment.Remove(Inline);
        environment.Remove(Count);
    }
}
