namespace Evently.Testing.Costs;

/// <summary>What something has cost.</summary>
/// <param name="Writes">DynamoDB's write units.</param>
/// <param name="Reads">DynamoDB's read units.</param>
/// <param name="Messages">Messages sent to queues.</param>
/// <param name="Requests">SQS's requests: sends, receives and deletes, each of up to ten messages.</param>
public readonly record struct Cost(decimal Writes, decimal Reads, int Messages, int Requests)
{
    public static Cost operator +(Cost one, Cost other) =>
        new(one.Writes + other.Writes, one.Reads + other.Reads, one.Messages + other.Messages, one.Requests + other.Requests);
}

/// <summary>A line of the bill.</summary>
/// <param name="Call">The measured call that caused it; null for what loops do by themselves.</param>
/// <param name="Step">Within the call: its request, the handler of a message, or the relay.</param>
/// <param name="Operation">Of the table or the queue.</param>
/// <param name="Keys">The item's or queue's name, ids left out.</param>
/// <param name="Writer">The class that asked for it; empty unless the meter traces.</param>
public readonly record struct CostLine(string? Call, string Step, string Operation, string Keys, string Writer);

/// <param name="Times">Items written, reads made, or requests sent.</param>
public readonly record struct CostEntry(CostLine Line, int Times, Cost Cost);
