using System.Globalization;
using Evently.Load.Http;

namespace Evently.Load.Stage;

/// <summary>The buyers: users of the host, signed up once, and what their requests have in common.</summary>
internal sealed class Crowd
{
    /// <summary>The host hashes few passwords at a time; more would only wait.</summary>
    private const int SignUpsAtATime = 4;

    private const string Json = "Content-Type: application/json";
    private readonly byte[][] _headers;

    private Crowd(IEnumerable<string> userIds)
    {
        UserIds = [.. userIds];
        _headers = [.. UserIds.Select(user => RequestBytes.Headers(Tokens.For(user), Json))];
    }

    public IReadOnlyList<string> UserIds { get; }

    public int Count => _headers.Length;

    /// <summary>Headers of a request with a body by one of them; they take turns.</summary>
    public ReadOnlyMemory<byte> HeadersOf(long number) => _headers[number % _headers.Length];

    public static async Task<Crowd> SignUpAsync(HttpClient http, int count)
    {
        var anyone = new Api(http, null);
        var ids = new string[count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = SignUpsAtATime },
            async (number, _) => ids[number] = await SignUpAsync(anyone, number));
        return new Crowd(ids);
    }

    private static async Task<string> SignUpAsync(Api anyone, int number)
    {
        var user = await anyone.PostAsync("/user", new
        {
            email = string.Create(CultureInfo.InvariantCulture, $"buyer-{number}@evently.test"),
            phone = string.Create(CultureInfo.InvariantCulture, $"+4930{number:D8}"),
            password = "a long enough password",
        });
        return user["user_id"]!.GetValue<string>();
    }
}
