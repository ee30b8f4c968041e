using Evently.Shared.Messaging;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Shared.Modules;

/// <summary>
/// One module of the monolith: the only public type of its assembly. The host lists the modules; the type is also the key by which a
/// module asks for its own <see cref="Storage.ModuleTable{TModule}"/>, <see cref="UnitOfWork{TModule}"/> and <see cref="LocalBus{TModule}"/>.
/// </summary>
public interface IModule
{
    /// <summary>One word, such as <c>Booking</c>. The queue's name comes from it and the key prefix; never rename.</summary>
    static abstract string Name { get; }

    /// <summary>What every key of the module begins with, such as <c>BOOKING#</c>.</summary>
    static abstract string KeyPrefix { get; }

    /// <summary>The module's own services, options validated at start included.</summary>
    void AddServices(IServiceCollection services, IConfiguration configuration);

    /// <summary>The module's consumers and sagas; the queue subscribes to exactly the message types that they name.</summary>
    void AddMessaging(ModuleBusConfigurator bus);

    /// <summary>The module's Carter endpoint classes, listed by hand so that nothing is found by scanning.</summary>
    IReadOnlyList<Type> Endpoints { get; }
}
