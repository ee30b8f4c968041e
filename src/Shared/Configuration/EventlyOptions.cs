using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Evently.Shared.Configuration;

/// <summary>Options of the section <c>Evently</c>: annotated, bound strictly and checked at start, so that a wrong or misspelt setting stops the start with a sentence that names it.</summary>
public static class EventlyOptions
{
    public const string Section = "Evently";

    /// <param name="section">Below <c>Evently</c>, such as <c>Holds</c>.</param>
    public static IServiceCollection AddEventlyOptions<TOptions>(this IServiceCollection services, string section)
        where TOptions : class
    {
        var path = $"{Section}:{section}";
        services.AddOptions<TOptions>()
            .Configure<IConfiguration>((options, configuration) => Bind(configuration.GetSection(path), options))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<TOptions>>(new AnnotationValidator<TOptions>(path));
        return services.AddSettingsSection<TOptions>(section);
    }

    /// <summary>The same, bound and checked now: for what decides on registrations.</summary>
    public static TOptions ReadEventlyOptions<TOptions>(this IConfiguration configuration, string section)
        where TOptions : class, new()
    {
        var path = $"{Section}:{section}";
        var options = new TOptions();
        Bind(configuration.GetSection(path), options);
        var result = new AnnotationValidator<TOptions>(path).Validate(null, options);
        return result.Failed ? throw new ConfigurationException(result.FailureMessage) : options;
    }

    private static void Bind(IConfigurationSection section, object options)
    {
        try
        {
            section.Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException exception)
        {
            throw new ConfigurationException(Explain(exception) ?? $"{section.Path} has a setting that there is none of: {exception.Message[(exception.Message.LastIndexOf(':') + 1)..].Trim()}.");
        }
    }

    /// <summary>A sentence that names the setting whose value the binder could not convert; null when that is not what happened.</summary>
    public static string? Explain(Exception exception)
    {
        // The binder says "Failed to convert configuration value 'x' at 'Evently:A:B' to type 'T'." and hides the reason inside.
        var message = exception.Message;
        const string marker = " at '";
        var at = message.IndexOf(marker, StringComparison.Ordinal) + marker.Length;
        if (exception is not InvalidOperationException || !message.StartsWith("Failed to convert configuration value", StringComparison.Ordinal) || at < marker.Length)
            return null;
        var setting = message[at..message.IndexOf('\'', at)];
        var reason = (exception.InnerException?.Message ?? message).Replace(" (Parameter 'value')", "", StringComparison.Ordinal);
        return $"{setting} has a value that it cannot have: {reason.TrimEnd('.')}.";
    }

    private sealed class AnnotationValidator<TOptions>(string path) : IValidateOptions<TOptions>
        where TOptions : class
    {
        public ValidateOptionsResult Validate(string? name, TOptions options)
        {
            var results = new List<ValidationResult>();
            if (Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true))
                return ValidateOptionsResult.Success;
            return ValidateOptionsResult.Fail(results.Select(Sentence));
        }

        private string Sentence(ValidationResult result)
        {
            // The framework's messages begin with "The field X must"; ours say only what must be.
            var member = result.MemberNames.FirstOrDefault() ?? "";
            var what = result.ErrorMessage?.Replace($"The field {member} ", "", StringComparison.Ordinal).Replace($"The {member} field ", "", StringComparison.Ordinal);
            return $"{path}:{member} {what}";
        }
    }
}

/// <summary>A setting is wrong; the message is one sentence for the operator and names it.</summary>
public sealed class ConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
