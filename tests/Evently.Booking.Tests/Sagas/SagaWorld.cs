using Evently.Booking.Catalog;
using Evently.Booking.Contracts;
using Evently.Booking.Holds;
using Evently.Booking.Payments;
using Evently.Booking.Sagas;
using Evently.Booking.Tests.Ledger;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Booking.Tests.Sagas;

/// <summary>Bookings with everything real but the clock and, unless asked for, the gateway. Messages move when a test lets them.</summary>
internal sealed class SagaWorld : IAsyncDisposable
{
    private const int MostSteps = 1_000;
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);

    /// <summary>Real time: how long a step may be quiet before it is taken to wait for the clock.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(20);

    private readonly BookingWorld _booking;

    public SagaWorld(bool simulated = false, bool isMetered = true) => _booking = new BookingWorld(
        isMetered: isMetered,
        configure: services =>
        {
            services.AddSingleton(Told);
            if (!simulated)
                services.AddSingleton<IPaymentGateway>(Gateway);
        },
        modules: registry => registry.Add<ListenerModule>());

    public ScriptedGateway Gateway { get; } = new();

    public Told Told { get; } = new();

    public OnSaleEvent On { get; private set; } = null!;

    public FakeTimeProvider Time => _booking.Time;

    public DateTimeOffset Now => _booking.Now;

    public BookingWorld Booking => _booking;

    public T Get<T>()
        where T : notnull => _booking.Get<T>();

    public static async Task<SagaWorld> OpenAsync(bool simulated = false, long price = 4_550, bool isMetered = true)
    {
        var world = new SagaWorld(simulated, isMetered);
        world.On = await world._booking.OpenAsync(change: created => created with { Prices = new Dictionary<string, long> { ["regular"] = price } });
        return world;
    }

    public async Task<Guid> HoldAsync(string userId = "ann", params string[] positions)
    {
        var seats = BookingWorld.SeatsOf(On, positions.Length == 0 ? ["A-1", "A-2"] : positions);
        var result = await Get<SeatHolder>().HoldAsync(On, seats, userId, userId, BookingWorld.Stop);
        return Assert.IsType<HoldResult.Placed>(result).Saga.CorrelationId;
    }

    /// <summary>What a process leaves behind that dies between the commit of an attempt and its charge.</summary>
    public async Task<Guid> DieAfterBeginningToChargeAsync()
    {
        var holding = Booking.Ids.Next();
        Assert.True(await Booking.TakeAsync(On, holding, "A-1"));
        var saga = new BookingSaga
        {
            CorrelationId = holding.ToGuid(),
            State = nameof(BookingStateMachine.Charging),
            EventId = On.EventId,
            EventName = On.Name,
            UserId = "ann",
            PlacedBy = "ann",
            Seats = [new SagaSeat("A-1", "regular", 4_550)],
            Total = 4_550,
            Currency = On.Currency,
            HeldAt = Now,
            ExpiresAt = Now + On.HoldDuration,
        };
        saga.BeginAttempt("card", "ann", Now);
        Assert.True(await Get<SagaTable<BookingModule, BookingSaga>>().InsertAsync(saga, BookingWorld.Stop));
        return saga.CorrelationId;
    }

    /// <summary>Has the message handled; what it causes waits for <see cref="SettleAsync"/>.</summary>
    public Task SendAsync(IBookingMessage message) => message switch
    {
        ConfirmRequested typed => Bus.SendAsync(typed, BookingWorld.Stop),
        PaymentCaptured typed => Bus.SendAsync(typed, BookingWorld.Stop),
        PaymentDeclined typed => Bus.SendAsync(typed, BookingWorld.Stop),
        PaymentUnresolved typed => Bus.SendAsync(typed, BookingWorld.Stop),
        HoldCancelRequested typed => Bus.SendAsync(typed, BookingWorld.Stop),
        BookingCancelRequested typed => Bus.SendAsync(typed, BookingWorld.Stop),
        CancelForEvent typed => Bus.SendAsync(typed, BookingWorld.Stop),
        CancelForErasure typed => Bus.SendAsync(typed, BookingWorld.Stop),
        BookingDue typed => Bus.SendAsync(typed, BookingWorld.Stop),
        RefundSucceeded typed => Bus.SendAsync(typed, BookingWorld.Stop),
        RefundFailed typed => Bus.SendAsync(typed, BookingWorld.Stop),
        RetryRequested typed => Bus.SendAsync(typed, BookingWorld.Stop),
        ReleaseRequested typed => Bus.SendAsync(typed, BookingWorld.Stop),
        SeatsReleased typed => Bus.SendAsync(typed, BookingWorld.Stop),
        _ => throw new ArgumentException(message.GetType().Name),
    };

    public Task ConfirmAsync(Guid booking, string method = "card") => SendAsync(new ConfirmRequested(booking, method, "ann"));

    public async Task<BookingSaga> LoadAsync(Guid booking) =>
        await Get<SagaTable<BookingModule, BookingSaga>>().LoadAsync(booking, BookingWorld.Stop) ?? throw new InvalidOperationException("No such booking.");

    public async Task<string> StateAsync(Guid booking) => (await LoadAsync(booking)).State;

    /// <summary>Lets everything happen that can happen now; the clock moves only while a handler waits for it.</summary>
    public Task SettleAsync() => RunAsync(new MessagingSteps(_booking.Services).RunUntilIdleAsync(MostSteps, BookingWorld.Stop));

    /// <summary>Moves the clock while the task waits for it.</summary>
    public async Task RunAsync(Task task)
    {
        for (var slice = 0; slice < MostSteps && !task.IsCompleted; slice++)
        {
            await Task.WhenAny(task, Task.Delay(Quiet, TimeProvider.System, BookingWorld.Stop));
            if (!task.IsCompleted)
                Time.Advance(Slice);
        }

        await task;
    }

    /// <summary>Lets time pass a second at a time, with everything that it makes happen.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        for (var end = Now + time; Now < end;)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            await SettleAsync();
        }
    }

    public async Task<bool> OwnsAsync(Guid booking, string position, bool booked)
    {
        var owner = await _booking.OwnerAsync(On, position);
        return owner.Holding == Ulid.FromGuid(booking) && owner.IsBooked == booked;
    }

    public async Task<bool> IsFreeAsync(string position)
    {
        var owner = await _booking.OwnerAsync(On, position);
        return owner.Holding is null || (!owner.IsBooked && owner.ExpiresAt <= Now);
    }

    /// <summary>What another instance would do: somebody else's hold on the seats.</summary>
    public async Task TakeForSomebodyElseAsync(params string[] positions) => Assert.True(await _booking.TakeAsync(On, _booking.Ids.Next(), positions));

    /// <summary>Leaves no trace of whoever had the seat before.</summary>
    public async Task TakeAndGiveBackAsync(string position)
    {
        var rival = _booking.Ids.Next();
        Assert.True(await _booking.TakeAsync(On, rival, position));
        Assert.Equal(1, await _booking.Ledger.ReleaseAsync(On, [position], rival, BookingWorld.Stop));
    }

    public ValueTask DisposeAsync() => _booking.DisposeAsync();

    private LocalBus<BookingModule> Bus => Get<LocalBus<BookingModule>>();
}

/// <summary>What the other modules were told, by message; a message that is delivered twice counts once.</summary>
internal sealed class Told
{
    private readonly Dictionary<Guid, object> _messages = [];

    public IReadOnlyList<T> Of<T>()
    {
        lock (_messages)
            return [.. _messages.Values.OfType<T>()];
    }

    public void Add(Guid id, object message)
    {
        lock (_messages)
            _messages[id] = message;
    }
}

/// <summary>Stands for the modules that listen to Booking.</summary>
public sealed class ListenerModule : IModule
{
    public static string Name => "Listener";

    public static string KeyPrefix => "LISTENER#";

    public IReadOnlyList<Type> Endpoints => [];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
    }

    public void AddMessaging(ModuleBusConfigurator bus)
    {
        ArgumentNullException.ThrowIfNull(bus);
        bus.Consumer<Listener>();
    }
}

internal sealed class Listener(Told told) :
    IConsumer<BookingConfirmed>,
    IConsumer<HoldEnded>,
    IConsumer<BookingCancelled>,
    IConsumer<RefundCompleted>,
    IConsumer<PaymentPending>,
    IConsumer<PendingPaymentDeclined>
{
    public Task Consume(ConsumeContext<PaymentPending> context) => HearAsync(context);

    public Task Consume(ConsumeContext<PendingPaymentDeclined> context) => HearAsync(context);

    public Task Consume(ConsumeContext<BookingConfirmed> context) => HearAsync(context);

    public Task Consume(ConsumeContext<HoldEnded> context) => HearAsync(context);

    public Task Consume(ConsumeContext<BookingCancelled> context) => HearAsync(context);

    public Task Consume(ConsumeContext<RefundCompleted> context) => HearAsync(context);

    private Task HearAsync<T>(ConsumeContext<T> context)
        where T : class
    {
        told.Add(context.MessageId!.Value, context.Message);
        return Task.CompletedTask;
    }
}
