namespace Evently.Shared.Storage.Embedded;

/// <summary>Told by the writer, on its thread, what has become of a batch, before anybody is answered.</summary>
internal interface IBatchWatcher
{
    /// <summary>It is in the file.</summary>
    void Committed();

    /// <summary>It is not in the file, or nobody knows; some of it may be run again.</summary>
    void RolledBack();

    /// <summary>What one unit wrote was undone; the rest of the batch goes on.</summary>
    void UnitUndone();
}
