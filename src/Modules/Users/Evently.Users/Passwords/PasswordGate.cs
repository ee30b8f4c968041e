using Evently.Shared.Http;
using Evently.Users.Accounts;
using Microsoft.AspNetCore.Identity;

namespace Evently.Users.Passwords;

/// <summary>
/// Hashing is meant to cost CPU time. So that a wave of logins cannot take all of it from the sale, at most half of the cores hash at a time, and the queue
/// for them is bounded.
/// </summary>
internal sealed class PasswordGate : IDisposable
{
    /// <summary>A crowd that signs up within the same second is served, at some 50 ms a hash and core; beyond it callers are asked to come back.</summary>
    private const int MaxWaiting = 1_024;

    public static readonly ProblemResult Busy = Problems.Unavailable("Too many people sign up or in at this moment; try again.", TimeSpan.FromSeconds(2));

    /// <summary>About as long as a client waits for an answer.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly PasswordHasher<User> _hasher;
    private readonly SemaphoreSlim _cores = new(Math.Max(1, Environment.ProcessorCount / 2));

    // PasswordHasher takes the user for others' sake and does not look at it.
    private readonly User _anyone = new("", "", "", null, "", [], default, 0);
    private readonly Lazy<string> _nobodysHash;
    private int _waiting;

    public PasswordGate(PasswordHasher<User> hasher)
    {
        _hasher = hasher;
        _nobodysHash = new Lazy<string>(() => hasher.HashPassword(_anyone, "the password of nobody"));
    }

    /// <summary>Null when too many are waiting already.</summary>
    public async ValueTask<string?> HashAsync(string password, CancellationToken cancellationToken)
    {
        if (!await EnterAsync(cancellationToken))
            return null;
        try
        {
            return _hasher.HashPassword(_anyone, AccountRules.NormalizePassword(password));
        }
        finally
        {
            _cores.Release();
        }
    }

    /// <summary>Verifies against <paramref name="user"/>, or takes as long as that when there is none. Null when too many are waiting already.</summary>
    public async ValueTask<PasswordVerificationResult?> VerifyAsync(User? user, string password, CancellationToken cancellationToken)
    {
        if (!await EnterAsync(cancellationToken))
            return null;
        try
        {
            var hash = user?.PasswordHash ?? _nobodysHash.Value;
            var normalized = AccountRules.NormalizePassword(password);
            var result = _hasher.VerifyHashedPassword(_anyone, hash, normalized);

            // A hash from before passwords were normalized is of what was typed; it is replaced at this login.
            if (result == PasswordVerificationResult.Failed && normalized != password
                && _hasher.VerifyHashedPassword(_anyone, hash, password) != PasswordVerificationResult.Failed)
                result = PasswordVerificationResult.SuccessRehashNeeded;
            return user is null ? PasswordVerificationResult.Failed : result;
        }
        finally
        {
            _cores.Release();
        }
    }

    public void Dispose() => _cores.Dispose();

    private async ValueTask<bool> EnterAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return false;
        }

        try
        {
            return await _cores.WaitAsync(LongestWait, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
