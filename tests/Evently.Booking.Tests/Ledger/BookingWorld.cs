using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Evently.Booking.Seats;
using Evently.Booking.Tally;
using Evently.Events.Contracts;
using Evently.Shared.Ids;
using Evently.Shared.Modules;
using Evently.Shared.Storage;
using Evently.Venues.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Booking.Tests.Ledger;

/// <summary>Booking with its real wiring on a table of choice, with a clock that stands still; no worker runs unless a test runs it.</summary>
internal sealed class BookingWorld : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2030, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ServiceProvider _services;
    private readonly string? _directory;

    public BookingWorld(bool embedded = false, bool shared = false, bool isMetered = true, Action<IServiceCollection>? configure = null, Action<ModuleRegistry>? modules = null)
    {
        Time.AutoAdvanceAmount = TimeSpan.Zero;
        var configuration = new ConfigurationBuilder().Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddSingleton<TimeProvider>(Time);
        if (embedded)
            services.AddEmbeddedStorage(_directory = Directory.CreateTempSubdirectory("evently-").FullName);
        else
            services.AddMemoryStorage(isMetered);
        services.UseMemoryQueues();
        var engine = services.Last(service => service.ServiceType == typeof(ITableEngine));
        services.Remove(engine);
        services.AddSingleton(provider => new FaultyTable((ITableEngine)engine.ImplementationFactory!(provider)));
        services.AddSingleton<ITableEngine>(provider => provider.GetRequiredService<FaultyTable>());
        services.AddEventlyModules(configuration, registry =>
        {
            registry.Add<BookingModule>();
            modules?.Invoke(registry);
        });
        services.Configure<SeatMapOptions>(options => options.SharedStore = shared);
        configure?.Invoke(services);
        _services = services.BuildServiceProvider();
    }

    public FakeTimeProvider Time { get; } = new(Start);

    public FaultyTable Table => Get<FaultyTable>();

    public SeatLedger Ledger => Get<SeatLedger>();

    public IdGenerator Ids => Get<IdGenerator>();

    public DateTimeOffset Now => Time.GetUtcNow();

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public IServiceProvider Services => _services;

    /// <summary>An event of rows of equal length, all of one type, stored and on sale.</summary>
    public async Task<OnSaleEvent> OpenAsync(int rows = 4, int seatsInRow = 10, Func<EventCreated, EventCreated>? change = null, IReadOnlyList<SeatRun>? runs = null)
    {
        runs ??= [.. Enumerable.Range(0, rows).Select(row => new SeatRun("", RowName(row), 1, seatsInRow, "regular"))];
        var created = Created(Ids.Next("event"), runs);
        await DeliverAsync(change?.Invoke(created) ?? created, runs);
        return await Get<EventCatalog>().FindAsync(created.EventId, Stop) ?? throw new InvalidOperationException("The event is not on sale.");
    }

    public async Task DeliverAsync(EventCreated created, IReadOnlyList<SeatRun> runs)
    {
        var consumer = new CatalogConsumer(Get<ModuleTable<BookingModule>>(), Get<EventCatalog>());
        await consumer.ApplyAsync(created, Stop);
        await consumer.ApplyAsync(new SeatPlanPart(created.EventId, created.VenueId, created.PlanVersion, 0, 1, runs), Stop);
    }

    public static EventCreated Created(string eventId, IReadOnlyList<SeatRun> runs) => new(
        eventId, "user-organizer", "venue-1", "The Hall", "Berlin", "Europe/Berlin", 1, runs.Sum(run => run.Last - run.First + 1), "A night",
        Start.AddDays(30), 120, [], [], "EUR", runs.Select(run => run.SeatType).Distinct().ToDictionary(type => type, _ => 4_550L),
        null, 60, 10, Start);

    /// <summary>A ledger on the same table that this instance's snapshots hear nothing of.</summary>
    public SeatLedger LedgerOfAnotherInstance()
    {
        var maps = new SeatMaps(Get<LedgerReader>(), Get<IOptions<SeatMapOptions>>(), Time);
        return new SeatLedger(Get<ModuleTable<BookingModule>>(), Get<LedgerReader>(), new SeatFeed(maps, new TallyBook()), Time);
    }

    public async Task<bool> TakeAsync(OnSaleEvent on, Ulid holding, params string[] positions) => (await TryTakeAsync(on, holding, positions)).Taken;

    public ValueTask<TakeOutcome> TryTakeAsync(OnSaleEvent on, Ulid holding, params string[] positions) =>
        Ledger.TakeAsync(on, SeatsOf(on, positions), holding, Now + on.HoldDuration, Stop);

    public async Task<SeatOwner> OwnerAsync(OnSaleEvent on, string position) => Assert.Single(await Ledger.ReadAsync(on, [position], Stop));

    public static IReadOnlyList<PlanSeat> SeatsOf(OnSaleEvent on, params IReadOnlyList<string> positions) =>
        [.. positions.Select(position => on.Plan.TryGetSeat(position, out var seat) ? seat : throw new ArgumentException(position))];

    public static string RowName(int row) => row < 26 ? ((char)('A' + row)).ToString() : $"R{row}";

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        if (_directory is not null)
            Directory.Delete(_directory, recursive: true);
    }
}
