namespace Evently.Shared.Messaging.Instances;

/// <summary>What a version can do that the one before could not. One word each, without spaces; they go once every version in use can.</summary>
internal static class Ability
{
    /// <summary>A saga's item may keep messages: who saves it takes over what is not known to have been sent.</summary>
    public const string KeepMessagesInSagas = "keep-messages-in-sagas";
}
