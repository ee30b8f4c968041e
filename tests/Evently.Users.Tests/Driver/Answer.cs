using Evently.Mail.Contracts;
using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Evently.Users.Contracts;
using MassTransit;

namespace Evently.Users.Tests.Driver;

public sealed record Answer(int Status, JsonNode? Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonNode Is(int status)
    {
        Assert.True(Status == status, $"Expected {status}, got {Status}: {Body?.ToJsonString()}");
        return Body!;
    }

    public JsonNode IsProblem(int status, string code)
    {
        var problem = Is(status);
        Assert.Equal("application/problem+json", Headers["Content-Type"]);
        Assert.Equal(code, problem["code"]!.GetValue<string>());
        return problem;
    }

    public Answer Also(Action<Answer> check)
    {
        check(this);
        return this;
    }

    /// <summary>The body without what differs from answer to answer.</summary>
    public string Comparable()
    {
        var copy = Body!.DeepClone().AsObject();
        copy.Remove("trace_id");
        return copy.ToJsonString();
    }
}

/// <summary>Mails that the module asked for, by their ids.</summary>
public sealed class TokenMails : IConsumer<SendTokenMail>
{
    public static ConcurrentDictionary<string, SendTokenMail> All { get; } = new();

    public Task Consume(ConsumeContext<SendTokenMail> context)
    {
        All[context.Message.MailId] = context.Message;
        return Task.CompletedTask;
    }
}

/// <summary>What the neighbour has heard.</summary>
public sealed class Registrations : IConsumer<UserRegistered>, IConsumer<UserErased>
{
    private static readonly ConcurrentDictionary<string, UserErased> Erasures = new();

    public static bool KnowsErased(string userId) => Erasures.ContainsKey(userId);

    public Task Consume(ConsumeContext<UserErased> context)
    {
        Erasures[context.Message.UserId] = context.Message;
        return Task.CompletedTask;
    }

    private static readonly ConcurrentDictionary<string, UserRegistered> Heard = new();

    public static bool Knows(string userId) => Heard.ContainsKey(userId);

    public Task Consume(ConsumeContext<UserRegistered> context)
    {
        Heard[context.Message.UserId] = context.Message;
        return Task.CompletedTask;
    }
}
