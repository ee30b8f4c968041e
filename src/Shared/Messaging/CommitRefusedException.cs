using Evently.Shared.Storage;

namespace Evently.Shared.Messaging;

/// <summary>
/// A condition refused what a handler wanted to commit: somebody else changed the same thing in between. Nothing was written or sent; handling
/// the message again, on fresh state, is the answer. Whoever gives up on that tells its caller to come back, as with a store that is too busy.
/// </summary>
public sealed class CommitRefusedException(IReadOnlyList<string> keys)
    : TableUnavailableException($"A condition refused the commit at {string.Join(", ", keys)}.");
