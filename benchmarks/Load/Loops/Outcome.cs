using Evently.Load.Http;

namespace Evently.Load.Loops;

/// <summary>How a client's visit ended.</summary>
internal enum Outcome
{
    /// <summary>It got what it came for.</summary>
    Won,

    /// <summary>Somebody else was faster: 409.</summary>
    Lost,

    /// <summary>The host asked it to come later: 429 or 503.</summary>
    Refused,

    /// <summary>Anything else: an answer that should not be, a broken connection, none in time.</summary>
    Failed,
}

internal static class Outcomes
{
    private const int Conflict = 409;
    private const int TooManyRequests = 429;
    private const int Unavailable = 503;

    /// <param name="wanted">The status of getting what one came for.</param>
    /// <exception cref="UnexpectedAnswerException">The visit has failed.</exception>
    public static Outcome Of(in Answer answer, int wanted)
    {
        if (answer.Status == wanted)
            return Outcome.Won;
        return answer.Status switch
        {
            Conflict => Outcome.Lost,
            TooManyRequests or Unavailable => Outcome.Refused,
            _ => throw new UnexpectedAnswerException(answer),
        };
    }
}

internal sealed class UnexpectedAnswerException(Answer answer) : Exception(answer.Show());
