namespace Evently.Shared.Messaging;

/// <summary>
/// A condition refused what a handler wanted to commit: somebody else changed the same thing in between. Nothing was written or sent; handling
/// the message again, on fresh state, is the answer.
/// </summary>
public sealed class CommitRefusedException(IReadOnlyList<string> keys)
    : Exception($"A condition refused the commit at {string.Join(", ", keys)}.");
