using System.Globalization;
using Evently.Shared.Storage;

namespace Evently.Shared.Tests.Storage.Differential;

/// <summary>Makes the same random calls on two engines and expects the same answers, refusals of bad requests included.</summary>
internal static class EngineComparison
{
    /// <summary>How many calls a run makes; <c>EVENTLY_DIFFERENTIAL_CALLS=100000</c> is the long form.</summary>
    public static int CallsOr(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("EVENTLY_DIFFERENTIAL_CALLS"), CultureInfo.InvariantCulture, out var calls) ? calls : usual;

    /// <returns>How many different answers there were; a run of nothing but refusals would compare little.</returns>
    public static async Task<int> RunAsync(ITableEngine left, ITableEngine right, int calls, RandomCalls random)
    {
        var answers = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < calls; i++)
        {
            var call = random.Next();
            var expected = await AnswerAsync(call, left);
            var actual = await AnswerAsync(call, right);
            Assert.True(expected == actual, $"Call {i}:\n{expected}\nbut\n{actual}");
            answers.Add(actual);
        }

        return answers.Count;
    }

    private static async Task<string> AnswerAsync(Func<ITableEngine, Task<string>> call, ITableEngine engine)
    {
        try
        {
            return await call(engine);
        }
        catch (ArgumentException exception)
        {
            return exception.GetType().Name;
        }
    }
}
