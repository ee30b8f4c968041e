using Evently.Shared.Storage;

namespace Evently.Mail;

/// <summary>Every key of the module.</summary>
internal static class Keys
{
    /// <summary>What became of one mail. Nothing about its reader is kept.</summary>
    public static ItemKey Mail(string mailId) => new($"{MailModule.Prefix}MAIL#{mailId}", "NOTE");
}
