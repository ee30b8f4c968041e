namespace Evently.Host.Start;

/// <summary>The process from its start to its end.</summary>
internal static partial class Run
{
    private const int Ended = 0;
    private const int EndedBadly = 1;

    /// <returns>The exit code. What could not stop in time, or properly, is logged: it is no reason to abort, with a dump, what has already ended.</returns>
    public static async Task<int> UntilStoppedAsync(WebApplication app)
    {
        await app.StartAsync();
        try
        {
            await app.WaitForShutdownAsync();
            return Ended;
        }
#pragma warning disable CA1031 // The process ends, whatever its parts say.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            var isLate = exception is AggregateException several ? several.Flatten().InnerExceptions.All(inner => inner is OperationCanceledException) : exception is OperationCanceledException;
            if (isLate)
                LogLate(app.Logger);
            else
                LogFailed(app.Logger, exception);
            return isLate ? Ended : EndedBadly;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not everything ended within the time to stop; what is left is found again by the next start")]
    private static partial void LogLate(ILogger logger);

    [LoggerMessage(Level = LogLevel.Error, Message = "A part failed when it was stopped")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
