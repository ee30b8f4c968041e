namespace Evently.Shared.Http;

/// <summary>The first answer to a request with an <c>Idempotency-Key</c>, as far as it is given again.</summary>
internal sealed record RememberedAnswer(int Status, string? ContentType, string? Location, byte[] Body);

/// <summary>What the store knows of a key.</summary>
internal abstract record KeyClaim
{
    private KeyClaim()
    {
    }

    /// <summary>The key is ours; the owner token guards what we write next.</summary>
    /// <param name="Identity">The id of what the request makes, the first try's where that began and died.</param>
    public sealed record Won(string Owner, RequestIdentity Identity) : KeyClaim;

    public sealed record InFlight : KeyClaim;

    public sealed record UsedForOtherBody : KeyClaim;

    public sealed record Answered(RememberedAnswer Answer) : KeyClaim;

    /// <summary>Answered, with a body too large to keep, or sealed under a key that is no longer accepted.</summary>
    public sealed record AnswerNotKept : KeyClaim;
}
