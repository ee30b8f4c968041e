using Evently.Booking.Bookings;
using Evently.Booking.Catalog;
using Evently.Booking.Holds;
using Evently.Booking.Ledger;
using Evently.Booking.Payments;
using Evently.Booking.Sagas;
using Evently.Booking.Seats;
using Evently.Booking.Support;
using Evently.Booking.Tally;
using Evently.Shared.Configuration;
using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using Evently.Shared.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Evently.Booking;

public sealed class BookingModule : IModule
{
    public static string Name => "Booking";

    public static string KeyPrefix => "BOOKING#";

    public IReadOnlyList<Type> Endpoints => 
    [
        typeof(HoldSeats), typeof(GetHolding), typeof(ListUserHoldings), typeof(ListEventSeats), typeof(AuditLedger),
        typeof(ConfirmHold), typeof(CancelHoldOrBooking), typeof(GetBooking), typeof(CancelBooking), typeof(ListSimulatedPayments),
        typeof(ListSupportBookings), typeof(ShowSupportBooking), typeof(ActOnBooking), typeof(Queues),
    ];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        AddLedger(services);
        AddSagas(services);
    }

    public void AddMessaging(ModuleBusConfigurator bus)
    {
        bus.Consumer<CatalogConsumer>();
        bus.Handler<ChargePayments>();
        bus.Handler<RefundPayments>();
        bus.Handler<ReleaseEndedSeats>();
        bus.Consumer<CancelBookingsOfEvent>();
        bus.Consumer<CancelBookingsOfErased>();
        bus.Saga<BookingStateMachine, BookingSaga, BookingSagaStore>();
        bus.Consumer<RememberUser>();
    }

    private static void AddLedger(IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, HoldsJson.Default));
        services.AddSettingsSection<HoldOptions>("Holds").AddOptions<HoldOptions>().BindConfiguration(HoldOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<SeatMapOptions>().Configure<IOptions<StorageOptions>>((options, storage) =>
            options.SharedStore = storage.Value.Engine == StorageOptions.DynamoDb);
        services.AddSingleton<EventCatalog>();
        services.AddSingleton<LedgerReader>();
        services.AddSingleton<SeatLedger>();
        services.AddSingleton<SeatMaps>();
        services.AddSingleton<SeatFeed>();
        services.AddSingleton<SeatSnapshots>();
        services.AddSingleton<HoldCap>();
        services.AddSingleton<OwnHoldings>();
        services.AddSingleton<KnownUsers>();
        services.AddSingleton<HoldMetrics>();
        services.AddSingleton<BookingActivities>();
        services.AddSingleton<SeatReturns>();
        services.AddHostedService(provider => provider.GetRequiredService<SeatReturns>());
        services.AddSingleton<PlacementAtOnce>();
        services.AddSingleton<PlacementLedgerFirst>();
        services.AddSingleton<HoldPlacement>(provider => provider.GetRequiredService<SeatLedger>().IsMetered
            ? provider.GetRequiredService<PlacementLedgerFirst>()
            : provider.GetRequiredService<PlacementAtOnce>());
        services.AddSingleton<SeatHolder>();
        services.AddSingleton<LedgerAuditor>();
        services.AddSingleton<TallyBook>();
        services.AddSingleton<TallyWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<TallyWorker>());
    }

    private static void AddSagas(IServiceCollection services)
    {
        services.AddSettingsSection<PaymentOptions>("Payments").AddOptions<PaymentOptions>().BindConfiguration(PaymentOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, BookingsJson.Default));
        services.AddSingleton<BookingSeats>();
        services.AddSingleton<BookingFinder>();
        services.AddSingleton<BookingCanceller>();
        services.AddSingleton<BookingListing>();
        services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, SupportJson.Default));
        services.AddSingleton<SupportFinder>();
        services.AddSingleton<SagaGauges>();
        services.AddHostedService(provider => provider.GetRequiredService<SagaGauges>());
        services.AddSingleton<BookingSignals>();
        services.AddSingleton<PaymentTelemetry>();
        services.AddSingleton<SimulatedGateway>();
        services.AddSingleton<IPaymentGateway>(provider => provider.GetRequiredService<SimulatedGateway>());
    }
}
