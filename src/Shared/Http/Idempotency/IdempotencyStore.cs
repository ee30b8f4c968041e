using System.Globalization;
using System.Text;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Microsoft.Extensions.Options;

namespace Evently.Shared.Http;

/// <summary>
/// One item a key: first a claim with a lease, then the answer. Keys: partition <c>HTTP#KEY#{hash of caller, address and key}</c>, sort <c>answer</c>; a long answer's
/// further parts beside it as <c>part#00</c>…
/// </summary>
internal sealed class IdempotencyStore(ITableEngine engine, AnswerCipher cipher, IOptions<StorageOptions> storage, TimeProvider time, IdGenerator ids)
{
    /// <summary>A process that died holding a claim blocks its key for so long where others may be at work; on one machine its successor takes over at once. Longer than the longest call (a confirm that waits 30 s).</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);

    public static readonly TimeSpan Retention = TimeSpan.FromHours(24);

    private const string KeyPrefix = "HTTP#";
    private const string AnswerSort = "answer";
    private const int PartBytes = 300 * 1024;
    private const int MaxParts = 16;
    private const int NotKept = -1;

    /// <summary>The id under which the request makes what it makes.</summary>
    private const string MadeId = "id";

    private readonly ModuleTable _table = new(engine, KeyPrefix);

    /// <summary>Tells this process from those before it.</summary>
    private readonly string _process = ids.Next().ToString();

    public async ValueTask<KeyClaim> ClaimAsync(string scopeHash, byte[] bodyHash, CancellationToken cancellationToken)
    {
        var id = ids.Next();
        var written = await _table.WriteAsync(Claim(scopeHash, bodyHash, id, id, Condition.ItemAbsent), cancellationToken);
        if (written.Applied)
            return new KeyClaim.Won(id.ToString(), new RequestIdentity(id, IsRepeat: false));

        var item = written.Item ?? await _table.GetAsync(AnswerKey(scopeHash), Consistency.Strong, cancellationToken);
        if (item is null)
            return new KeyClaim.InFlight();
        return MayTakeOver(item, bodyHash)
            ? await TakeOverAsync(scopeHash, bodyHash, item, id, cancellationToken)
            : await ReadAsync(scopeHash, bodyHash, item, cancellationToken);
    }

    private Write Claim(string scopeHash, byte[] bodyHash, Ulid owner, Ulid id, Condition condition)
    {
        var now = time.GetUtcNow();
        var claim = new Dictionary<string, Value>
        {
            ["owner"] = owner.ToString(),
            ["body_hash"] = bodyHash,
            ["until"] = (now + Lease).ToUnixTimeMilliseconds(),
            ["process"] = _process,
            [MadeId] = id.ToString(),
            [WellKnown.TimeToLive] = (now + Retention).ToUnixTimeSeconds(),
        };
        return Write.Put(AnswerKey(scopeHash), claim, condition);
    }

    /// <summary>What was kept has aged out, or the try that began has died: by its lease, or at once where no other process can be at work.</summary>
    private bool MayTakeOver(Item item, byte[] bodyHash)
    {
        if (item["until"].Number <= time.GetUtcNow().ToUnixTimeMilliseconds())
            return true;
        return storage.Value.Engine == StorageOptions.Embedded
            && !item.Has("status") && item.Has("process") && item["process"].String != _process
            && item["body_hash"].Binary.Span.SequenceEqual(bodyHash);
    }

    private async ValueTask<KeyClaim> TakeOverAsync(string scopeHash, byte[] bodyHash, Item item, Ulid owner, CancellationToken cancellationToken)
    {
        // A try that was answered is over and done; one that was not may have made something under its id.
        var began = !item.Has("status") && item["body_hash"].Binary.Span.SequenceEqual(bodyHash);
        var made = began && item.Has(MadeId) && Ulid.TryParse(item[MadeId].String, out var first) ? first : owner;
        var written = await _table.WriteAsync(Claim(scopeHash, bodyHash, owner, made, Condition.Equal("owner", item["owner"])), cancellationToken);
        return written.Applied ? new KeyClaim.Won(owner.ToString(), new RequestIdentity(made, IsRepeat: made != owner)) : new KeyClaim.InFlight();
    }

    /// <summary>Keeps the answer, unless the lease ended and somebody else took the key over.</summary>
    public async ValueTask CompleteAsync(string scopeHash, byte[] bodyHash, string owner, RememberedAnswer answer, CancellationToken cancellationToken)
    {
        var end = time.GetUtcNow() + Retention;
        var sealedBody = cipher.Seal(answer.Body, Context(scopeHash, bodyHash));
        var parts = sealedBody.Chunk(PartBytes).ToArray();
        var attributes = new Dictionary<string, Value>
        {
            ["owner"] = owner,
            ["body_hash"] = bodyHash,
            ["until"] = end.ToUnixTimeMilliseconds(),
            [WellKnown.TimeToLive] = end.ToUnixTimeSeconds(),
            ["status"] = answer.Status,
            ["parts"] = parts.Length <= MaxParts ? parts.Length : NotKept,
        };
        if (answer.ContentType is { } contentType)
            attributes["content_type"] = contentType;
        if (answer.Location is { } location)
            attributes["location"] = location;
        if (parts.Length <= MaxParts)
        {
            attributes["body"] = parts[0];
            attributes["key_id"] = cipher.KeyId;
            var further = parts.Skip(1).Select((part, index) => Part(scopeHash, index + 1, part, end)).ToList();
            if (further.Count > 0)
                await _table.WriteManyAsync(further, cancellationToken);
        }

        await _table.WriteAsync(Write.Put(AnswerKey(scopeHash), attributes, Condition.Equal("owner", owner)), cancellationToken);
    }

    /// <summary>Forgets the claim, so that the same request may be tried again.</summary>
    public async ValueTask ReleaseAsync(string scopeHash, string owner, CancellationToken cancellationToken) =>
        await _table.WriteAsync(Write.Delete(AnswerKey(scopeHash), Condition.Equal("owner", owner)), cancellationToken);

    private static ItemKey AnswerKey(string scopeHash) => new($"{KeyPrefix}KEY#{scopeHash}", AnswerSort);

    private static ItemKey PartKey(string scopeHash, int part) =>
        new($"{KeyPrefix}KEY#{scopeHash}", string.Create(CultureInfo.InvariantCulture, $"part#{part:00}"));

    private static Write Part(string scopeHash, int index, byte[] bytes, DateTimeOffset end) => Write.Put(
        PartKey(scopeHash, index),
        new Dictionary<string, Value> { ["body"] = bytes, [WellKnown.TimeToLive] = end.ToUnixTimeSeconds() },
        Condition.Always);

    private static byte[] Context(string scopeHash, byte[] bodyHash) => [.. Encoding.UTF8.GetBytes(scopeHash), .. bodyHash];

    private async ValueTask<KeyClaim> ReadAsync(string scopeHash, byte[] bodyHash, Item item, CancellationToken cancellationToken)
    {
        if (!item["body_hash"].Binary.Span.SequenceEqual(bodyHash))
            return new KeyClaim.UsedForOtherBody();
        if (!item.Has("status"))
            return new KeyClaim.InFlight();
        var body = await ReadBodyAsync(scopeHash, bodyHash, item, cancellationToken);
        return body is null
            ? new KeyClaim.AnswerNotKept()
            : new KeyClaim.Answered(new RememberedAnswer((int)item["status"].Number, TextOf(item, "content_type"), TextOf(item, "location"), body));
    }

    private async ValueTask<byte[]?> ReadBodyAsync(string scopeHash, byte[] bodyHash, Item item, CancellationToken cancellationToken)
    {
        var parts = (int)item["parts"].Number;
        if (parts == NotKept)
            return null;
        using var sealedBody = new MemoryStream();
        sealedBody.Write(item["body"].Binary.Span);
        if (parts > 1)
        {
            var keys = Enumerable.Range(1, parts - 1).Select(part => PartKey(scopeHash, part)).ToList();
            foreach (var part in await _table.GetManyAsync(keys, Consistency.Strong, cancellationToken))
            {
                if (part is null)
                    return null;
                sealedBody.Write(part["body"].Binary.Span);
            }
        }

        return cipher.Open(sealedBody.ToArray(), TextOf(item, "key_id"), Context(scopeHash, bodyHash));
    }

    private static string? TextOf(Item item, string attribute) => item.Has(attribute) ? item[attribute].String : null;
}
