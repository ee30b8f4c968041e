using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Evently.Mail.Transports;

/// <summary>Writes mails to files that every mail program opens, readable by their owner only: they carry tokens. The oldest make room.</summary>
internal sealed partial class FileTransport(IOptions<StorageOptions> storage, ILogger<FileTransport> logger) : IMailTransport
{
    public const string Folder = "mail";

    /// <summary>Mails that are kept.</summary>
    private const int MostFiles = 1_000;

    private const string Ending = ".eml";

    private readonly Lock _gate = new();

    public Task<string?> SendAsync(string mailId, MimeMessage mail, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        mail.WriteTo(content, cancellationToken);
        var folder = Path.Combine(storage.Value.DataDirectory, Folder);

        // A mail's id begins with its time, so names sort by age.
        var path = Path.Combine(folder, mailId + Ending);
        try
        {
            lock (_gate)
            {
                OwnersFile.Write(path, content.ToArray(), replace: true);
                foreach (var old in Directory.GetFiles(folder, "*" + Ending).Order(StringComparer.Ordinal).SkipLast(MostFiles))
                    File.Delete(old);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ServiceUnavailableException("The mail could not be written to its file.", exception);
        }

        Log.Written(logger, path);
        return Task.FromResult<string?>(null);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "No mail is sent here (Evently:Mail:Transport); it is in {File}")]
        public static partial void Written(ILogger logger, string file);
    }
}
