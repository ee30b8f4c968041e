using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Evently.Analytics;
using Evently.Booking;
using Evently.Events;
using Evently.Mail;
using Evently.Shared.Modules;
using Evently.Users;
using Evently.Venues;

namespace Evently.Architecture.Tests;

/// <summary>A module references Shared and the contracts of others, nothing more: in its project file and in what the compiler made of it.</summary>
public sealed partial class ModuleBoundaryTests
{
    private static readonly Type[] Modules = [typeof(VenuesModule), typeof(EventsModule), typeof(BookingModule), typeof(UsersModule), typeof(AnalyticsModule), typeof(MailModule)];

    public static TheoryData<Type> ModuleTypes => [.. Modules];

    [Theory]
    [MemberData(nameof(ModuleTypes))]
    public void A_module_assembly_references_only_shared_and_contracts(Type module)
    {
        var evently = module.Assembly.GetReferencedAssemblies().Select(name => name.Name!).Where(name => name.StartsWith("Evently.", StringComparison.Ordinal)).ToList();

        Assert.Contains("Evently.Shared", evently);
        Assert.All(evently, name => Assert.True(IsAllowed(name), $"{module.Assembly.GetName().Name} references {name}."));
    }

    [Theory]
    [MemberData(nameof(ModuleTypes))]
    public void A_module_project_file_references_only_shared_and_contracts(Type module)
    {
        var name = module.Assembly.GetName().Name!;
        var references = ReferencesOf(Repository.File($"src/Modules/{name["Evently.".Length..]}/{name}/{name}.csproj"));

        Assert.Contains("Evently.Shared", references);
        Assert.All(references, reference => Assert.True(IsAllowed(reference), $"{name} references {reference}."));
    }

    [Theory]
    [MemberData(nameof(ModuleTypes))]
    public void A_module_shows_one_public_type(Type module)
    {
        var shown = module.Assembly.GetExportedTypes().Where(type => !type.IsNested).Select(type => type.FullName);

        Assert.Equal([module.FullName], shown);
    }

    [Fact]
    public void Contracts_reference_nothing_and_hold_public_records_only()
    {
        var contracts = Directory.GetFiles(Repository.Folder("src/Modules"), "*.Contracts.csproj", SearchOption.AllDirectories);

        Assert.True(contracts.Length >= 4, "The contracts were not found.");
        foreach (var project in contracts)
        {
            var document = XDocument.Load(project);
            Assert.Empty(document.Descendants("PackageReference"));
            Assert.Empty(document.Descendants("ProjectReference"));
            var types = Assembly.Load(Path.GetFileNameWithoutExtension(project)).GetTypes().Where(type => type.Namespace?.StartsWith("Evently", StringComparison.Ordinal) == true).ToList();
            Assert.NotEmpty(types);
            Assert.All(types, type => Assert.True(type.IsPublic && (type.IsEnum || type.GetMethod("<Clone>$") is not null), $"{type} is not a public record."));
        }
    }

    [Fact]
    public void Shared_references_no_module_and_knows_no_business_word()
    {
        string[] businessWords = ["Seat", "Venue", "Booking", "Ticket", "Holding", "Organizer", "Payment", "Refund", "Artist"];
        var shared = typeof(IModule).Assembly;

        Assert.DoesNotContain(shared.GetReferencedAssemblies(), name => name.Name!.StartsWith("Evently.", StringComparison.Ordinal));
        var types = shared.GetTypes().Where(type => type.Namespace?.StartsWith("Evently.Shared", StringComparison.Ordinal) == true).ToList();
        Assert.True(types.Count > 20, "Shared was not found.");
        Assert.All(types, type => Assert.DoesNotContain(businessWords, word => type.Name.Contains(word, StringComparison.Ordinal)));
    }

    /// <summary>Engines in memory, faults and step gates live in Evently.Testing; what is deployed can't be told to run on them.</summary>
    [Fact]
    public void The_product_holds_no_engine_that_only_tests_use()
    {
        string[] testWords = ["Memory", "Fault", "StepGate", "Fake", "Stub", "Mock", "Quiescence"];
        var sources = Directory.GetFiles(Repository.Folder("src"), "*.cs", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension).ToList();

        Assert.True(sources.Count > 200, "The sources were not found.");
        Assert.All(sources, source => Assert.DoesNotContain(testWords, word => Words().Matches(source!).Any(match => match.Value.StartsWith(word, StringComparison.Ordinal))));
    }

    [Fact]
    public void No_project_of_the_product_references_one_of_the_tests()
    {
        var projects = Directory.GetFiles(Repository.Folder("src"), "*.csproj", SearchOption.AllDirectories);
        var tests = Directory.GetFiles(Repository.Folder("tests"), "*.csproj", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension).ToHashSet();

        Assert.Contains("Evently.Testing", tests);
        Assert.All(projects, project => Assert.DoesNotContain(ReferencesOf(project), tests.Contains));
    }

    [Fact]
    public void Every_module_has_a_key_prefix_of_its_own_that_comes_from_its_name()
    {
        (string Name, string Prefix)[] modules =
        [
            (VenuesModule.Name, VenuesModule.KeyPrefix), (EventsModule.Name, EventsModule.KeyPrefix), (BookingModule.Name, BookingModule.KeyPrefix),
            (UsersModule.Name, UsersModule.KeyPrefix), (AnalyticsModule.Name, AnalyticsModule.KeyPrefix),
            (MailModule.Name, MailModule.KeyPrefix),
        ];

        Assert.All(modules, module => Assert.Equal(module.Name.ToUpperInvariant() + "#", module.Prefix));
        Assert.Equal(modules.Length, modules.Select(module => module.Prefix).Distinct().Count());
    }

    [Fact]
    public void Every_folder_of_modules_holds_a_module_that_is_checked_here()
    {
        var folders = Directory.GetDirectories(Repository.Folder("src/Modules")).Select(Path.GetFileName).Order();

        Assert.Equal(Modules.Select(module => module.Assembly.GetName().Name!["Evently.".Length..]).Order(), folders);
    }

    private static bool IsAllowed(string name) => name == "Evently.Shared" || name.EndsWith(".Contracts", StringComparison.Ordinal);

    private static List<string> ReferencesOf(string project) =>
        [.. XDocument.Load(project).Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))];

    [GeneratedRegex("StepGate|[A-Z][a-z]+")]
    private static partial Regex Words();
}
