using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Evently.Shared.Http;

/// <summary>The one notion of a client without an account, for every limit.</summary>
public static class ClientAddress
{
    private const int Ipv6NetworkBytes = 8;

    /// <summary>Who connects, or whom a trusted proxy names.</summary>
    public static string Of(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Of(context.Connection.RemoteIpAddress);
    }

    /// <summary>An IPv4 address in whichever form it comes; of IPv6 the /64, which one subscriber owns whole, whatever the scope.</summary>
    public static string Of(IPAddress? address) => address switch
    {
        null => "address:unknown",
        { IsIPv4MappedToIPv6: true } => "address:" + address.MapToIPv4(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => "network:" + Convert.ToHexString(address.GetAddressBytes().AsSpan(0, Ipv6NetworkBytes)),
        _ => "address:" + address,
    };
}
