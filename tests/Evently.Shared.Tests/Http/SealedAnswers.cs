using System.IO.Compression;
using System.Security.Cryptography;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Extensions.Options;

namespace Evently.Shared.Tests.Http;

/// <summary>Which keys remembered answers open under, and that versions without names of keys run beside those with.</summary>
public sealed class SealedAnswers
{
    private static readonly SigningKey Old = SigningKey.FromText("the old key, long enough to sign with it");
    private static readonly SigningKey New = SigningKey.FromText("the new key, long enough to sign with it");
    private static readonly byte[] Body = "an answer"u8.ToArray();
    private static readonly byte[] Context = "where it is kept"u8.ToArray();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void An_answer_opens_under_every_accepted_key_by_its_name_and_without()
    {
        var after = new AnswerCipher(new SigningKeys(New, Old));
        foreach (var before in (AnswerCipher[])[new(new SigningKeys(Old)), new(new SigningKeys(New))])
        {
            var sealedBytes = before.Seal(Body, Context);
            Assert.Equal(Body, after.Open(sealedBytes, before.KeyId, Context));
            Assert.Equal(Body, after.Open(sealedBytes, null, Context));
        }
    }

    [Fact]
    public void An_answer_opens_under_no_other_key_and_in_no_other_place()
    {
        var before = new AnswerCipher(new SigningKeys(Old));
        var sealedBytes = before.Seal(Body, Context);

        Assert.Null(new AnswerCipher(new SigningKeys(New)).Open(sealedBytes, before.KeyId, Context));
        Assert.Null(new AnswerCipher(new SigningKeys(New)).Open(sealedBytes, null, Context));
        Assert.Null(new AnswerCipher(new SigningKeys(New, Old)).Open(sealedBytes, New.Id, Context));
        Assert.Null(new AnswerCipher(new SigningKeys(New, Old)).Open(sealedBytes, Old.Id, "elsewhere"u8));
    }

    [Fact]
    public void The_version_before_opens_what_this_one_seals()
    {
        var sealedBytes = new AnswerCipher(new SigningKeys(Old, New)).Seal(Body, Context);

        // As it did: a nonce of 12 bytes, a tag of 16, and the rest under the one key that it has.
        var plain = new byte[sealedBytes.Length - 28];
        using var aes = new AesGcm(Old.Derive("evently idempotency answers"), 16);
        aes.Decrypt(sealedBytes.AsSpan(0, 12), sealedBytes.AsSpan(28), sealedBytes.AsSpan(12, 16), plain, Context);
        using var brotli = new BrotliStream(new MemoryStream(plain), CompressionMode.Decompress);
        using var body = new MemoryStream();
        brotli.CopyTo(body);
        Assert.Equal(Body, body.ToArray());
    }

    [Fact]
    public async Task An_answer_that_the_version_before_kept_is_given_again_after_the_key_has_changed()
    {
        var engine = new MemoryTableEngine(_time);
        var before = Store(engine, new SigningKeys(Old));
        var cancellation = TestContext.Current.CancellationToken;
        var won = Assert.IsType<KeyClaim.Won>(await before.ClaimAsync("hash", Body, cancellation));
        await before.CompleteAsync("hash", Body, won.Owner, new RememberedAnswer(200, "text/plain", null, Body), cancellation);

        // It named no key.
        var kept = await engine.GetAsync(new ItemKey("HTTP#KEY#hash", "answer"), Consistency.Strong, cancellation);
        Assert.Equal(Old.Id, kept!["key_id"].String);
        var nameless = kept.Attributes.Where(attribute => attribute.Key != "key_id").ToDictionary();
        await engine.WriteAsync(Write.Put(kept.Key, nameless, Condition.Always), cancellation);

        var again = await Store(engine, new SigningKeys(New, Old)).ClaimAsync("hash", Body, cancellation);
        Assert.Equal(Body, Assert.IsType<KeyClaim.Answered>(again).Answer.Body);
        Assert.IsType<KeyClaim.AnswerNotKept>(await Store(engine, new SigningKeys(New)).ClaimAsync("hash", Body, cancellation));
    }

    private IdempotencyStore Store(ITableEngine engine, SigningKeys keys) => 
        new(engine, new AnswerCipher(keys), Options.Create(new StorageOptions()), _time, new IdGenerator(_time));
}
