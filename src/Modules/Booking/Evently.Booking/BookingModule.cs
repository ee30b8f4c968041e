using Evently.Booking.Bookings;
using Evently.Booking.Catalog;
using Evently.Booking.Holds;
using Evently.Booking.Ledger;
using Evently.Booking.Payments;
using Evently.Booking.Sagas;
using Evently.Booking.Seats;
using Evently.Booking.Support;
using Evently.Booking.Tally;
using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Booking;

public sealed class BookingModule : IModule
{
    public static string Name => "Booking";

    public static string KeyPrefix => "BOOKING#";

    public IReadOnlyList<Type> Endpoints => [];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        AddLedger(services, configuration);
        AddSagas(services);
    }

    public void AddMessaging(ModuleBusConfigurator bus)
    {
        bus.Consumer<CatalogConsumer>();
        bus.Consumer<ChargePayments>();
        bus.Consumer<RefundPayments>();
        bus.Saga<BookingStateMachine, BookingSaga, BookingSagaStore>();
    }

    private static void AddLedger(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<HoldOptions>().BindConfiguration(HoldOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        var engine = configuration["Evently:Storage:Engine"];
        services.Configure<SeatMapOptions>(options => options.SharedStore = engine is not null && !engine.Equals("embedded", StringComparison.OrdinalIgnoreCase));
        services.AddSingleton<EventCatalog>();
        services.AddSingleton<LedgerReader>();
        services.AddSingleton<SeatLedger>();
        services.AddSingleton<SeatMaps>();
        services.AddSingleton<SeatFeed>();
        services.AddSingleton<TallyBook>();
        services.AddSingleton<TallyWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<TallyWorker>());
    }

    private static void AddSagas(IServiceCollection services)
    {
        services.AddOptions<PaymentOptions>().BindConfiguration(PaymentOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<BookingSeats>();
        services.AddSingleton<BookingListing>();
        services.AddSingleton<BookingSignals>();
        services.AddSingleton<PaymentTelemetry>();
        services.AddSingleton<SimulatedGateway>();
        services.AddSingleton<IPaymentGateway>(provider => provider.GetRequiredService<SimulatedGateway>());
    }
}
