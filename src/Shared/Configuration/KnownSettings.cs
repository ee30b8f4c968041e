using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Shared.Configuration;

/// <summary>One section below <c>Evently</c> and the class whose properties are its settings.</summary>
public sealed record SettingsSection(string Name, Type Options);

/// <summary>Every setting that is read; a key that nobody reads is a misspelt one, and what it was meant to say would be taken silently for its default.</summary>
public static class KnownSettings
{
    /// <param name="section">Below <c>Evently</c>, such as <c>Holds</c>.</param>
    public static IServiceCollection AddSettingsSection<TOptions>(this IServiceCollection services, string section)
        where TOptions : class => services.AddSingleton(new SettingsSection(section, typeof(TOptions)));

    /// <exception cref="ConfigurationException">Names the first key that nobody reads, and what it may be.</exception>
    public static void Check(IConfiguration configuration, IEnumerable<SettingsSection> sections)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var known = sections.ToLookup(section => section.Name, section => section.Options, StringComparer.OrdinalIgnoreCase);
        foreach (var section in configuration.GetSection(EventlyOptions.Section).GetChildren())
        {
            if (!known.Contains(section.Key))
                throw Unknown(section, known.Select(names => names.Key));
            Check(section, [.. known[section.Key]]);
        }
    }

    private static void Check(IConfigurationSection section, IReadOnlyList<Type> types)
    {
        var properties = types.SelectMany(type => type.GetProperties()).Where(property => property.CanWrite || IsSection(property.PropertyType)).ToList();
        foreach (var setting in section.GetChildren())
        {
            var matching = properties.Where(property => string.Equals(property.Name, setting.Key, StringComparison.OrdinalIgnoreCase)).ToList();
            if (matching.Count == 0)
                throw Unknown(setting, properties.Select(property => property.Name));
            if (matching[0].PropertyType.IsArray)
                CheckList(setting);
            else if (IsSection(matching[0].PropertyType))
                Check(setting, [matching[0].PropertyType]);
            else if (setting.GetChildren().Any())
                throw new ConfigurationException($"{setting.Path} is one value; it has nothing below it.");
        }
    }

    private static void CheckList(IConfigurationSection setting)
    {
        if (setting.Value is { Length: > 0 })
            throw new ConfigurationException($"{setting.Path} is a list; its entries are {setting.Path}:0, {setting.Path}:1 and so on.");
    }

    private static bool IsSection(Type type) => type.IsClass && type != typeof(string) && !type.IsArray;

    private static ConfigurationException Unknown(IConfigurationSection setting, IEnumerable<string> names) => new(
        $"{setting.Path} is no setting; there are {string.Join(", ", names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))}.");
}
