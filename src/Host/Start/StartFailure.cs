using System.Text.RegularExpressions;
using Evently.Shared.Configuration;
using Evently.Shared.Http;
using Evently.Shared.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Evently.Host.Start;

/// <summary>What an operator reads when the process cannot start: a sentence for what an operator can mend, a stack trace for what is a bug.</summary>
internal static partial class StartFailure
{
    public const int ExitCode = 2;

    /// <summary>Finds what is wrong before anything runs, so that nothing has to be stopped again and only the sentence is printed.</summary>
    public static void CheckSettings(this WebApplication app)
    {
        KnownSettings.Check(app.Configuration, app.Services.GetServices<SettingsSection>());
        app.Services.GetService<IStartupValidator>()?.Validate();
        app.Services.GetRequiredService<ITableEngine>();
        app.Services.GetRequiredService<SigningKeys>();
    }

    /// <summary>Null for anything that is not the operator's to mend.</summary>
    public static string? Sentence(Exception exception) => exception switch
    {
        ConfigurationException or TableUnavailableException or UnauthorizedAccessException => exception.Message,
        OptionsValidationException options => string.Join(Environment.NewLine, options.Failures.Select(WithoutFrame).Distinct()),
        IOException { InnerException: AddressInUseException } => exception.Message,
        InvalidOperationException when EventlyOptions.Explain(exception) is { } sentence => sentence,
        AggregateException several => Sentence(several.InnerExceptions[0]),
        { InnerException: ConfigurationException inner } => inner.Message,
        _ => null,
    };

    private static string WithoutFrame(string failure) => AnnotationFrame().Match(failure) is { Success: true } framed ? framed.Groups[1].Value : failure;

    [GeneratedRegex("^DataAnnotation validation failed for .* with the error: '(.*)'\\.$")]
    private static partial Regex AnnotationFrame();
}
