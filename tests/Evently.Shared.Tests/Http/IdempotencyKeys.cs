using System.Net;
using System.Text;
using Evently.Shared.Http;
using Evently.Shared.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Shared.Tests.Http;

public sealed class IdempotencyKeys : IAsyncLifetime
{
    private const string Body = """{"name":"a","count":1}""";
    private HttpApp _app = null!;
    private RecordingEngine? _engine;

    public async ValueTask InitializeAsync() => _app = await HttpApp.StartAsync(services: services =>
    {
        var inner = services.Last(service => service.ServiceType == typeof(ITableEngine));
        services.AddSingleton<ITableEngine>(provider => _engine = new RecordingEngine((ITableEngine)inner.ImplementationFactory!(provider)));
    });

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task The_same_request_gets_the_first_answer_again_and_runs_once()
    {
        using var first = await _app.SendAsync(HttpMethod.Post, "/tickets", Body, "k1");
        using var second = await _app.SendAsync(HttpMethod.Post, "/tickets", Body, "k1");
        Assert.Equal(await TextAsync(first), await TextAsync(second));
        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.Equal(first.Content.Headers.ContentType, second.Content.Headers.ContentType);
        Assert.False(first.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal("true", Assert.Single(second.Headers.GetValues("Idempotency-Replayed")));
        Assert.Equal(1, _app.Runs);
    }

    [Fact]
    public async Task Another_body_under_the_same_key_is_refused()
    {
        using var first = await _app.SendAsync(HttpMethod.Post, "/tickets", Body, "k1");
        await (await _app.SendAsync(HttpMethod.Post, "/tickets", """{"name":"a","count":2}""", "k1")).ProblemAsync(422, "idempotency_key_reused");
        await (await _app.SendAsync(HttpMethod.Post, "/tickets?x=1", Body, "k1")).ProblemAsync(422, "idempotency_key_reused");
        Assert.Equal(1, _app.Runs);
    }

    [Fact]
    public async Task Keys_of_different_callers_and_addresses_are_different_keys()
    {
        using var anonymous = await _app.SendAsync(HttpMethod.Post, "/secrets", key: "k1");
        using var one = await _app.SendAsync(HttpMethod.Post, "/secrets", key: "k1", token: _app.Token("user-1", []));
        using var other = await _app.SendAsync(HttpMethod.Post, "/secrets", key: "k1", token: _app.Token("user-2", []));
        using var elsewhere = await _app.SendAsync(HttpMethod.Post, "/status/404", key: "k1");
        Assert.Equal(4, _app.Runs);
        Assert.NotEqual(await TextAsync(one), await TextAsync(other));
    }

    [Fact]
    public async Task While_the_first_request_runs_the_second_is_told_to_wait()
    {
        var first = _app.SendAsync(HttpMethod.Post, "/slow", key: "k1");
        await _app.Gate.EnteredAsync();
        using var second = await _app.SendAsync(HttpMethod.Post, "/slow", key: "k1");
        await second.ProblemAsync(409, "idempotency_key_in_flight");
        Assert.NotNull(second.Headers.RetryAfter);
        _app.Gate.Open();
        using var answered = await first;
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
    }

    [Fact]
    public async Task A_claim_whose_process_died_ends_with_its_lease()
    {
        var first = _app.SendAsync(HttpMethod.Post, "/slow", key: "k1");
        await _app.Gate.EnteredAsync();
        _app.Time.Advance(IdempotencyStore.Lease + TimeSpan.FromSeconds(1));
        var second = _app.SendAsync(HttpMethod.Post, "/slow", key: "k1");
        await _app.Gate.EnteredAsync();
        _app.Gate.Open();
        using var answers = await second;
        using var late = await first;
        Assert.Equal(HttpStatusCode.OK, answers.StatusCode);
        Assert.Equal(2, _app.Runs);
    }

    [Fact]
    public async Task A_key_is_forgotten_after_a_day()
    {
        using var first = await _app.SendAsync(HttpMethod.Post, "/tickets", Body, "k1");
        _app.Time.Advance(IdempotencyStore.Retention + TimeSpan.FromSeconds(1));
        using var later = await _app.SendAsync(HttpMethod.Post, "/tickets", """{"name":"b","count":1}""", "k1");
        Assert.Equal(HttpStatusCode.Created, later.StatusCode);
        Assert.Equal(2, _app.Runs);
    }

    [Theory]
    [InlineData(404, 1)]
    [InlineData(409, 1)]
    [InlineData(402, 1)]
    [InlineData(401, 2)]
    [InlineData(429, 2)]
    [InlineData(500, 2)]
    [InlineData(503, 2)]
    public async Task A_final_answer_is_kept_and_one_that_says_try_again_is_not(int status, int runs)
    {
        for (var i = 0; i < 2; i++)
        {
            using var answer = await _app.SendAsync(HttpMethod.Post, $"/status/{status}", key: "k1");
            await answer.ProblemAsync(status, "as_asked");
        }

        Assert.Equal(runs, _app.Runs);
    }

    [Fact]
    public async Task A_request_that_could_not_be_read_frees_its_key()
    {
        await (await _app.SendAsync(HttpMethod.Post, "/tickets", "{", "k1")).ProblemAsync(400, "malformed_json");
        using var answer = await _app.SendAsync(HttpMethod.Post, "/tickets", Body, "k1");
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    [Theory]
    [InlineData(256)]
    [InlineData(0)]
    public async Task A_key_of_a_wrong_length_is_refused(int length) =>
        await (await _app.SendAsync(HttpMethod.Post, "/tickets", Body, new string('k', length))).ProblemAsync(400, "invalid_idempotency_key");

    [Fact]
    public async Task The_longest_key_works()
    {
        using var answer = await _app.SendAsync(HttpMethod.Post, "/tickets", Body, new string('k', 255));
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    [Fact]
    public async Task An_answer_of_several_parts_comes_back_whole()
    {
        using var first = await _app.SendAsync(HttpMethod.Post, "/large?bytes=2000000", key: "k1");
        using var second = await _app.SendAsync(HttpMethod.Post, "/large?bytes=2000000", key: "k1");
        Assert.Equal("true", Assert.Single(second.Headers.GetValues("Idempotency-Replayed")));
        Assert.Equal(await TextAsync(first), await TextAsync(second));
    }

    [Fact]
    public async Task What_is_kept_of_an_answer_is_not_readable_in_the_store()
    {
        using var answer = await _app.SendAsync(HttpMethod.Post, "/tickets", """{"name":"confidential","count":1}""", "k1");
        Assert.NotEmpty(_engine!.Bytes);
        foreach (var bytes in _engine.Bytes)
            Assert.DoesNotContain("confidential", Encoding.UTF8.GetString(bytes.Span), StringComparison.Ordinal);
    }

    private static Task<string> TextAsync(HttpResponseMessage answer) => answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    /// <summary>Remembers the bytes that were written.</summary>
    private sealed class RecordingEngine(ITableEngine inner) : ITableEngine
    {
        public List<ReadOnlyMemory<byte>> Bytes { get; } = [];

        public bool IsMetered => inner.IsMetered;

        public ValueTask<Item?> GetAsync(ItemKey key, Consistency consistency, CancellationToken cancellationToken) => inner.GetAsync(key, consistency, cancellationToken);

        public ValueTask<IReadOnlyList<Item?>> GetManyAsync(IReadOnlyList<ItemKey> keys, Consistency consistency, CancellationToken cancellationToken) =>
            inner.GetManyAsync(keys, consistency, cancellationToken);

        public ValueTask<Page> QueryAsync(Query query, CancellationToken cancellationToken) => inner.QueryAsync(query, cancellationToken);

        public ValueTask<IndexPage> QueryIndexAsync(IndexQuery query, CancellationToken cancellationToken) => inner.QueryIndexAsync(query, cancellationToken);

        public ValueTask<WriteResult> WriteAsync(Write write, CancellationToken cancellationToken)
        {
            if (write is Write.PutWrite put)
                Bytes.AddRange(put.Attributes.Values.Where(value => value.Kind == ValueKind.Binary).Select(value => value.Binary));
            return inner.WriteAsync(write, cancellationToken);
        }

        public ValueTask<TransactionResult> TransactAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken) => inner.TransactAsync(writes, cancellationToken);

        public ValueTask WriteManyAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken) => inner.WriteManyAsync(writes, cancellationToken);

        public ValueTask PingAsync(CancellationToken cancellationToken) => inner.PingAsync(cancellationToken);
    }
}
