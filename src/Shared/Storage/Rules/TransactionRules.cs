namespace Evently.Shared.Storage.Rules;

/// <summary>Decides a transaction as a whole: first every condition, then every change.</summary>
internal static class TransactionRules
{
    /// <summary>The refusal, naming every write whose condition does not hold; null when all hold.</summary>
    /// <param name="current">The stored items beside <paramref name="writes"/>.</param>
    public static TransactionResult? Refused(IReadOnlyList<Write> writes, Item?[] current)
    {
        List<int>? refused = null;
        for (var i = 0; i < current.Length; i++)
        {
            if (!ConditionEvaluator.Holds(writes[i].Condition, current[i]))
                (refused ??= []).Add(i);
        }

        return refused is null ? null : new TransactionResult(false, refused, refused.ConvertAll(index => current[index]));
    }

    /// <summary>The items after the transaction.</summary>
    public static Item?[] Apply(IReadOnlyList<Write> writes, Item?[] current)
    {
        var next = new Item?[current.Length];
        for (var i = 0; i < next.Length; i++)
            next[i] = ChangeApplier.Apply(writes[i], current[i]);
        return next;
    }
}
