namespace Evently.Shared.Http;

/// <summary>What is true of an account now, whatever a token says that was issued before.</summary>
/// <param name="TokenVersion">Tokens of any other version have ended.</param>
/// <param name="Roles">The roles that count.</param>
/// <param name="CountedAs">See <see cref="Caller.CountedAs"/>; null: the account's own id.</param>
public sealed record AccountFact(int TokenVersion, IReadOnlyList<string> Roles, string? CountedAs = null);

/// <summary>
/// Answers for the built-in issuer's accounts, so that a role that was taken away, a changed password and an erased account count at once. The module
/// that keeps accounts implements it; a process without that module, and one whose tokens come from elsewhere, believes the token.
/// </summary>
public interface IAccountDirectory
{
    /// <summary>Null when there is no such account (any more).</summary>
    /// <param name="fresh">As it is stored at this moment; else what was changed within the last second may be missing.</param>
    ValueTask<AccountFact?> FindAsync(string userId, bool fresh, CancellationToken cancellationToken);
}

/// <summary>Metadata of endpoints that grant roles or move money by staff's hand: who calls them is looked up, not remembered.</summary>
internal sealed class FreshAccount
{
    public static readonly FreshAccount Instance = new();
}
