namespace Evently.Api.Tests.Running;

public sealed class HealthTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task Health_tells_service_version_and_checks()
    {
        var health = (await _world.Anonymous.GetAsync("/health")).IsJson(200);

        Assert.Equal("healthy", health.String("status"));
        Assert.NotEmpty(health.String("service"));
        Assert.NotEmpty(health.String("version"));
        health.Json.Has("checks");
        (await _world.Anonymous.GetAsync("/health/live")).Is(200);
        (await _world.Anonymous.GetAsync("/health/ready")).Is(200);
    }

    [Fact]
    public async Task The_store_answers()
    {
        Assert.Equal("connected", (await _world.Anonymous.GetAsync("/db-test")).IsJson(200).String("status"));
    }

    [Fact]
    public async Task The_documentation_is_a_page()
    {
        var docs = await _world.Anonymous.GetAsync("/docs");
        if (docs.Status is 301 or 302 or 307 or 308)
            docs = await _world.Anonymous.GetAsync(docs.Header("Location")!);

        Assert.Equal("text/html", docs.Is(200).ContentType);
    }
}
