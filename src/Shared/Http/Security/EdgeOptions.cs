namespace Evently.Shared.Http;

/// <summary>Section <c>Evently:Cors</c>. Empty: no browser on another origin may call.</summary>
public sealed class CorsOptions
{
    /// <summary>Origins such as <c>https://shop.example</c>.</summary>
    public string[] Origins { get; set; } = [];
}

/// <summary>Section <c>Evently:Proxies</c>. Empty: <c>X-Forwarded-*</c> headers are ignored, the client is whoever connects.</summary>
public sealed class ProxyOptions
{
    /// <summary>Addresses or networks (<c>10.0.0.0/8</c>) of the proxies in front.</summary>
    public string[] Trusted { get; set; } = [];
}
