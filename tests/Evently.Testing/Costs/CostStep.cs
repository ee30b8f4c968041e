using System.Diagnostics;

namespace Evently.Testing.Costs;

/// <summary>Which part of a call is at work, read off the running activity and, for the class, off the stack.</summary>
internal static class CostStep
{
    public const string Request = "request";
    public const string Relay = "relay";
    public const string Loop = "loop";

    private const string LocalMessages = "Evently.Messaging";
    private const string MessageTypes = "messaging.masstransit.message_types";
    private const string Own = "Evently.";

    /// <summary>What carries every write and is no author of any.</summary>
    private static readonly string[] Carriers = ["Evently.Testing.", "Evently.Shared.Storage.", "Evently.Simulation."];

    /// <summary>The message that is handled and by which module, as <c>BookingConfirmed in analytics</c>; else the request; else a loop.</summary>
    public static string Of(Activity? activity)
    {
        for (var each = activity; each is not null; each = each.Parent)
        {
            // "evently-booking ConfirmRequested", within the process.
            if (each.Source.Name == LocalMessages && each.OperationName.Split(' ') is [var module, var step])
                return $"{step} in {module.Split('-')[^1]}";

            // "evently-analytics receive" of "urn:message:Evently.Booking.Contracts:BookingConfirmed".
            if (each.GetTagItem(MessageTypes) is string types)
                return $"{types[(types.LastIndexOf(':') + 1)..]} in {each.OperationName.Split(' ')[0].Split('-')[^1]}";
        }

        return activity is null ? Loop : Request;
    }

    private static bool IsCarrier(string name) => Array.Exists(Carriers, carrier => name.StartsWith(carrier, StringComparison.Ordinal));

    /// <summary>The innermost class that asked for it, below table and queue. What units of work collected is asked for by their commit.</summary>
    public static string WriterOf(StackTrace stack)
    {
        foreach (var frame in stack.GetFrames())
        {
            var type = frame.GetMethod()?.DeclaringType;
            while (type?.DeclaringType is { } outer)
                type = outer;
            if (type?.FullName is { } name && name.StartsWith(Own, StringComparison.Ordinal) && !IsCarrier(name))
                return type.Name.Split('`')[0];
        }

        return "";
    }
}
