namespace Evently.Shared.Messaging.Hosting;

/// <param name="KeyPrefix">What every key of the module begins with.</param>
internal sealed record ModuleIdentity(string Name, string KeyPrefix, string QueueName)
{
    public static string QueueNameOf(string moduleName, MessagingOptions options) => $"{options.QueuePrefix}-{moduleName.ToLowerInvariant()}";
}

/// <summary>The runtimes of all modules of this process.</summary>
internal sealed record ModuleRuntimes(IReadOnlyList<ModuleRuntime> All);
