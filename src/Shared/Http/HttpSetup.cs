using System.Net;
using System.IO.Compression;
using Evently.Shared.Configuration;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Evently.Shared.Http;

/// <summary>The HTTP plumbing that every endpoint of every module stands on.</summary>
public static class HttpSetup
{
    /// <summary>
    /// The server's own bound. It is above <see cref="BodyLimit.LargestBytes"/> so that a body that is refused by its announced length can still be drained,
    /// and its sender reads the 413 instead of a broken connection.
    /// </summary>
    private const long ServerBodyBytes = 2 * BodyLimit.LargestBytes;

    /// <param name="keyDirectory">Where a signing key is made and kept when none is configured; null where one must be configured.</param>
    public static IServiceCollection AddEventlyHttp(this IServiceCollection services, IConfiguration configuration, string? keyDirectory)
    {
        services.AddEventlyOptions<AuthOptions>("Auth").AddEventlyOptions<RateLimitingOptions>("RateLimiting").AddEventlyOptions<StopOptions>("Stop");
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ServingTime>();
        services.AddSingleton(provider => SigningKeys.Load(provider.GetRequiredService<IOptions<AuthOptions>>().Value, keyDirectory));
        services.AddSingleton<SecretCipher>();
        services.PostConfigure<AuthOptions>(auth => auth.BootstrapAdmin.Generate ??= keyDirectory is not null);
        if (keyDirectory is null)
            services.AddSingleton<KeyAgreement>().AddHostedService(provider => provider.GetRequiredService<KeyAgreement>());
        services.AddBearerTokens();
        services.ConfigureHttpJsonOptions(HttpJson.Configure);
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.Configure<KestrelServerOptions>(ConfigureServer);
        services.AddRateLimiter(_ => { });
        services.AddSingleton<IConfigureOptions<RateLimiterOptions>, RateLimits>();
        services.AddIdempotencyKeys();
        services.AddApiDocument();
        services.AddResponseCompression(ConfigureCompression);
        AddEdge(services, configuration);
        return services;
    }

    /// <summary>Lets the web server end in steps; called once it is registered.</summary>
    /// <param name="othersTakeOver">Whether a stop begins, unless it is configured, with being not ready for some seconds.</param>
    public static void StopGradually(this IServiceCollection services, bool othersTakeOver)
    {
        services.PostConfigure<StopOptions>(stop => stop.NotReadySeconds ??= othersTakeOver ? 5 : 0);
        GradualServer.Wrap(services);
    }

    /// <summary>The pipeline, outermost first. Endpoints are mapped with <see cref="MapEvently"/>.</summary>
    public static void UseEventlyHttp(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseMiddleware<LastAnswers>();
        app.UseMiddleware<HangUps>();
        app.UseMiddleware<SecurityHeaders>();
        app.UseResponseCompression();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseStatusCodePages(StatusProblems.WriteAsync);
        app.UseMiddleware<CleanAddress>();
        app.UseRouting();
        app.UseCors();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseMiddleware<JsonCharset>();
        app.UseMiddleware<BodyLimitMiddleware>();
        app.UseMiddleware<IdempotencyMiddleware>();
    }

    /// <summary>
    /// Maps endpoints so that <c>HEAD</c> works wherever <c>GET</c> does and none is open by oversight: one that is neither
    /// <see cref="EndpointConventions.Public"/> nor <see cref="EndpointConventions.RequireRole"/> stops the start.
    /// </summary>
    public static void MapEvently(this WebApplication app, Action<IEndpointRouteBuilder> map)
    {
        var group = app.MapGroup("");
        ((IEndpointConventionBuilder)group).Finally(AnswerHead);
        ((IEndpointConventionBuilder)group).Finally(RequireStatedCallers);
        map(group);

        // Built here, not with the first request, so that a mistake shows at start.
        _ = ((IEndpointRouteBuilder)app).DataSources.Sum(source => source.Endpoints.Count);
    }

    private static void AnswerHead(EndpointBuilder endpoint)
    {
        var methods = endpoint.Metadata.OfType<HttpMethodMetadata>().LastOrDefault();
        if (methods?.HttpMethods is [var only] && HttpMethods.IsGet(only))
            endpoint.Metadata.Add(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
    }

    private static void RequireStatedCallers(EndpointBuilder endpoint)
    {
        if (!endpoint.Metadata.Any(metadata => metadata is IAuthorizeData or IAllowAnonymous))
            throw new InvalidOperationException($"The endpoint '{endpoint.DisplayName}' states neither Public() nor RequireRole().");
    }

    private static void ConfigureServer(KestrelServerOptions server)
    {
        server.AddServerHeader = false;
        server.Limits.MaxRequestBodySize = ServerBodyBytes;
        server.Limits.MaxRequestHeaderCount = 64;
    }

    // Compression of secrets next to text that an attacker chooses leaks the secrets over TLS (BREACH). Answers here are fetched with a bearer token that no
    // browser adds on its own, yet the framework's default, plain HTTP only, is kept; a proxy that ends TLS may compress on its own terms.
    private static void ConfigureCompression(ResponseCompressionOptions options)
    {
        options.MimeTypes = ["application/json", "application/problem+json", "application/vnd.evently.seatmap+json", "application/openapi+json"];
        options.Providers.Add<BrotliCompressionProvider>();
        options.Providers.Add<GzipCompressionProvider>();
    }

    private static void AddEdge(IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<BrotliCompressionProviderOptions>(options => options.Level = CompressionLevel.Fastest);
        services.Configure<GzipCompressionProviderOptions>(options => options.Level = CompressionLevel.Fastest);

        services.AddSettingsSection<CorsOptions>("Cors").AddSettingsSection<ProxyOptions>("Proxies");
        var origins = configuration.ReadEventlyOptions<CorsOptions>("Cors").Origins;
        services.AddCors(cors => cors.AddDefaultPolicy(policy =>
        {
            if (origins.Length > 0)
            {
                policy.WithOrigins(origins).AllowAnyHeader().AllowAnyMethod()
                    .WithExposedHeaders("Location", "Link", "ETag", "Retry-After", IdempotencyMiddleware.ReplayedHeader);
            }
        }));

        var proxies = configuration.ReadEventlyOptions<ProxyOptions>("Proxies");
        var networks = Array.ConvertAll(proxies.Trusted, NetworkOf);
        services.Configure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = networks.Length == 0 ? ForwardedHeaders.None : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            options.ForwardLimit = proxies.ForwardLimit;
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var network in networks)
                options.KnownIPNetworks.Add(network);
        });
    }

    private static System.Net.IPNetwork NetworkOf(string proxy)
    {
        if (System.Net.IPNetwork.TryParse(proxy, out var network))
            return network;
        return IPAddress.TryParse(proxy, out var address)
            ? new System.Net.IPNetwork(address, address.GetAddressBytes().Length * 8)
            : throw new ConfigurationException($"Evently:Proxies:Trusted names '{proxy}', which is neither an address nor a network.");
    }
}
