using Evently.Shared.Modules;
using Evently.Shared.Storage;
using Evently.Shared.Storage.Embedded;
using Evently.Shared.Tests.Storage.Embedded;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Evently.Shared.Tests.Storage;

public sealed class StorageServicesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Engine", "sqlite", "embedded")]
    [InlineData("DataDirectory", " ", "directory")]
    [InlineData("TableName", "a/b", "letters")]
    public async Task A_wrong_setting_stops_the_start_with_a_sentence_that_names_it(string setting, string value, string hint)
    {
        using var host = Build((setting, value));
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Cancellation));
        Assert.Contains($"Evently:Storage:{setting}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(hint, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_embedded_engine_is_the_default_and_lets_go_of_its_directory_with_the_host()
    {
        using var directory = new TemporaryDirectory();
        for (var start = 0; start < 2; start++)
        {
            using var host = Build(("DataDirectory", directory.Path));
            await host.StartAsync(Cancellation);
            var engine = Assert.IsType<EmbeddedTableEngine>(host.Services.GetRequiredService<ITableEngine>());
            var put = await engine.WriteAsync(Write.Put(new("p", $"{start}"), new Dictionary<string, Value>(), Condition.ItemAbsent), Cancellation);
            Assert.True(put.Applied);
            await host.StopAsync(Cancellation);
        }

        Assert.True(File.Exists(Path.Combine(directory.Path, EmbeddedDatabase.FileName)));
    }

    [Fact]
    public async Task A_module_gets_its_own_handle_on_the_table()
    {
        await using var services = new ServiceCollection().AddLogging().AddMemoryStorage().BuildServiceProvider();
        var table = services.GetRequiredService<ModuleTable<SomeModule>>();
        Assert.Null(await table.GetAsync(new("SOME#1", "-"), Consistency.Strong, Cancellation));
        await Assert.ThrowsAsync<ForeignKeyPrefixException>(async () => await table.GetAsync(new("OTHER#1", "-"), Consistency.Strong, Cancellation));
    }

    private static IHost Build(params (string Setting, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Evently:Storage:{setting.Setting}", (string?)setting.Value)));
        builder.Services.AddStorage(builder.Configuration);
        return builder.Build();
    }

    private sealed class SomeModule : IModule
    {
        public static string Name => "Some";

        public static string KeyPrefix => "SOME#";

        public IReadOnlyList<Type> Endpoints => [];

        public void AddServices(IServiceCollection services, IConfiguration configuration)
        {
        }

        public void AddMessaging(Evently.Shared.Messaging.ModuleBusConfigurator bus)
        {
        }
    }
}
