namespace Evently.Shared.Storage;

/// <summary>An engine that has to be told to remove expired items; DynamoDB does it by itself.</summary>
public interface IExpirySweep
{
    /// <summary>Removes up to <paramref name="max"/> items whose <see cref="WellKnown.TimeToLive"/> has passed.</summary>
    /// <returns>How many it removed; fewer than <paramref name="max"/> means that none is left.</returns>
    ValueTask<int> SweepExpiredAsync(int max, CancellationToken cancellationToken);
}
