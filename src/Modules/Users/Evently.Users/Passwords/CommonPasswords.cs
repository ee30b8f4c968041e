using System.Collections.Frozen;
using Evently.Shared.Http;

namespace Evently.Users.Passwords;

/// <summary>
/// Passwords that guessers try first. Of the well-known lists little is left at ten characters and more; what is left are a few words with digits and signs
/// around them, rows of the keyboard, runs and repetitions. So it is these kinds that are refused, not a long list.
/// </summary>
internal static class CommonPasswords
{
    public static readonly ProblemResult Refused =
        Problems.BadRequest("password_too_common", "This password is among the first that a guesser tries; choose another one.");

    /// <summary>Distinct characters of which a password is a repetition.</summary>
    private const int FewCharacters = 3;

    private static readonly FrozenSet<string> Words = new[]
    {
        "password", "passwort", "passphrase", "passw", "pass", "letmein", "welcome", "willkommen", "admin", "administrator", "root", "login", "master", "secret",
        "geheim", "iloveyou", "ichliebedich", "princess", "prinzessin", "dragon", "monkey", "sunshine", "football", "baseball", "superman", "batman", "trustno",
        "starwars", "whatever", "freedom", "computer", "internet", "google", "facebook", "hallo", "hello", "qwerty", "qwertz", "azerty", "qwertyuiop", "qwertzuiop",
        "asdfghjkl", "yxcvbnm", "zxcvbnm", "qazwsxedc", "changeme", "default", "test", "tester", "testing", "guest", "user", "summer", "winter", "spring",
        "autumn", "sommer", "evently", "ticket", "tickets", "concert", "event", "events", "abc", "abcd", "love", "lovely", "michael", "jennifer", "jordan",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly string[] Runs =
    [
        "01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba",
        "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn", "1q2w3e4r5t6z7u8i9o0p", "1q2w3e4r5t6y7u8i9o0p", "qazwsxedcrfvtgbyhnujm",
    ];

    /// <param name="email">Of the account; its name alone is no password.</param>
    public static bool Contains(string password, string email)
    {
        var text = Plain(password);
        if (text.Distinct().Count() <= FewCharacters || Runs.Any(run => run.Contains(text, StringComparison.Ordinal)))
            return true;
        var word = text.Trim("0123456789!?.,-_*#$%&+ ".ToCharArray());
        return word.Length == 0 || Words.Contains(word) || IsRepetition(word) || IsRepetition(text) || word == Plain(email.Split('@')[0]) || text == Plain(email);
    }

    private static bool IsRepetition(string text)
    {
        for (var length = 1; length <= text.Length / 2; length++)
        {
            if (text.Length % length == 0 && Enumerable.Range(0, text.Length).All(i => text[i] == text[i % length])
                && (length <= FewCharacters || Words.Contains(text[..length])))
                return true;
        }

        return false;
    }

    /// <summary>Lower case, and letters for the signs that stand for them.</summary>
    private static string Plain(string text) => string.Concat(text.Select(character => character switch
    {
        '@' => 'a',
        '$' => 's',
        _ => char.ToLowerInvariant(character),
    }));
}
