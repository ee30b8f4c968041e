using System.Globalization;
using System.Text.RegularExpressions;
using Amazon.DynamoDBv2;
using Amazon.SQS;
using Evently.Analytics;
using Evently.Booking;
using Evently.Events;
using Evently.Mail;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Users;
using Evently.Venues;

namespace Evently.Architecture.Tests;

/// <summary>What is deployed is what the program calls and names: the CloudFormation template and LocalStack's script against the source.</summary>
public sealed partial class DeploymentTests
{
    private const string Template = "deploy/aws/cloudformation.yaml";
    private const string LocalStackScript = "localstack/ready.d/10-evently.sh";

    /// <summary>Called only while CreateTable or CreateQueues is true.</summary>
    private static readonly string[] SetupActions = ["dynamodb:CreateTable", "dynamodb:UpdateTimeToLive", "sqs:CreateQueue", "sqs:SetQueueAttributes"];

    private static readonly string[] Modules = [VenuesModule.Name, EventsModule.Name, BookingModule.Name, UsersModule.Name, AnalyticsModule.Name, MailModule.Name];

    public static TheoryData<string> Files => [Template, LocalStackScript];

    /// <summary>By resource, and by what is really called: <c>PolicyTests</c> of Evently.Shared.Tests.</summary>
    [Fact]
    public void The_policy_of_an_instance_allows_what_the_source_calls_and_nothing_else()
    {
        var called = ActionsOf<IAmazonDynamoDB>("dynamodb", "using Amazon.DynamoDBv2").Concat(ActionsOf<IAmazonSQS>("sqs", "using Amazon.SQS")).ToHashSet();

        Assert.True(called.Count > 15, "The calls were not found.");
        Assert.Equal(called.Except(SetupActions).Order(), AllowedBy("InstancePolicy"));
        Assert.Equal(called.Intersect(SetupActions).Order(), AllowedBy("SetupPolicy"));
    }

    [Fact]
    public void No_policy_allows_by_wildcard_or_on_everything()
    {
        var text = File.ReadAllText(Repository.File(Template));

        Assert.DoesNotMatch(@"(dynamodb|sqs):\S*\*", text);
        Assert.DoesNotMatch(@"Resource:\s*(-\s*)?[""']?\*", text);
    }

    /// <summary>Each policy statement is about one kind of resource, and about all of that kind; by name, as a new module has to be added to each.</summary>
    [Fact]
    public void Every_statement_names_the_resources_of_every_module()
    {
        var text = File.ReadAllText(Repository.File(Template));

        foreach (var module in Modules)
        {
            Assert.Equal(2, Regex.Count(text, $@"^ +- !GetAtt {module}Queue\.Arn$", RegexOptions.Multiline));
            Assert.Equal(2, Regex.Count(text, $@"^ +- !GetAtt {module}DeadLetters\.Arn$", RegexOptions.Multiline));
            Assert.Contains($"  {module}DeadLettersAlarm:", text, StringComparison.Ordinal);
            Assert.Contains($"  {module}QueueAgeAlarm:", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_holds_data_outlives_its_stack()
    {
        var resources = Regex.Split(File.ReadAllText(Repository.File(Template)), "^(?=  [A-Za-z]+:$)", RegexOptions.Multiline);
        var keepers = resources.Where(resource => resource.Contains("Type: AWS::DynamoDB::Table", StringComparison.Ordinal) || resource.Contains("Type: AWS::SQS::Queue", StringComparison.Ordinal)).ToList();

        Assert.Equal(1 + (2 * Modules.Length), keepers.Count);
        Assert.All(keepers, keeper => Assert.Contains("DeletionPolicy: RetainExceptOnCreate", keeper, StringComparison.Ordinal));
        Assert.All(keepers, keeper => Assert.Contains("UpdateReplacePolicy: Retain", keeper, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void The_table_has_the_keys_the_index_and_the_expiry_that_the_source_names(string file)
    {
        var text = File.ReadAllText(Repository.File(file));

        string[] names = [WellKnown.Partition, WellKnown.Sort, WellKnown.IndexPartition, WellKnown.IndexSort, WellKnown.TimeToLive, IndexName()];
        Assert.All(names, name => Assert.Matches($@"[^\w-]{name}[^\w-]", text));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_module_has_its_queue_and_dead_letters_after_the_same_number_of_receives(string file)
    {
        var text = File.ReadAllText(Repository.File(file));

        // The script makes the queues in a loop over the modules.
        var looped = ScriptModules().Match(text) is { Success: true } loop ? loop.Groups[1].Value.Split(' ') : [];
        foreach (var module in Modules.Select(name => name.ToLowerInvariant()))
        {
            Assert.True(looped.Contains(module) || text.Contains($"${{QueuePrefix}}-{module}\"", StringComparison.Ordinal), $"{file} has no queue of {module}.");
            Assert.True(looped.Contains(module) || text.Contains($"${{QueuePrefix}}-{module}-dead\"", StringComparison.Ordinal), $"{file} has no dead letters of {module}.");
        }

        var receives = MaxReceives().Matches(text).Select(match => match.Groups[1].Value).Distinct();
        Assert.Equal([QueueLimits.MaxReceives.ToString(CultureInfo.InvariantCulture)], receives);
    }

    /// <summary>The actions that a service asks for the calls of its client in those sources that use it.</summary>
    private static IEnumerable<string> ActionsOf<TClient>(string service, string marker)
    {
        var calls = typeof(TClient).GetMethods().Select(method => method.Name).Where(name => name.EndsWith("Async", StringComparison.Ordinal)).ToHashSet();
        foreach (var file in Directory.EnumerateFiles(Repository.Folder("src"), "*.cs", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file);
            if (!text.Contains(marker, StringComparison.Ordinal))
                continue;
            foreach (var call in Call().Matches(text).Select(match => match.Groups[1].Value).Where(calls.Contains))
            {
                foreach (var action in ActionsFor(call[..^"Async".Length]))
                    yield return $"{service}:{action}";
            }
        }
    }

    private static string[] ActionsFor(string call) => call switch
    {
        // A transaction is allowed by what it consists of.
        "TransactWriteItems" => ["PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"],
        "TransactGetItems" => ["GetItem"],

        // SQS has no actions for batches; moving is receiving, sending and deleting.
        "StartMessageMoveTask" => ["StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "SendMessage"],
        "SendMessageBatch" or "DeleteMessageBatch" or "ChangeMessageVisibilityBatch" => [call[..^"Batch".Length]],
        _ => [call],
    };

    private static IEnumerable<string> AllowedBy(string policy)
    {
        var lines = File.ReadLines(Repository.File(Template)).SkipWhile(line => line != $"  {policy}:").Skip(1).TakeWhile(line => line.Length == 0 || line.StartsWith("   ", StringComparison.Ordinal));
        var allowed = lines.Select(line => Action().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(allowed);
        return allowed.Distinct().Order();
    }

    private static string IndexName()
    {
        var source = File.ReadAllText(Repository.File("src/Shared/Storage/DynamoDb/DynamoDbTableEngine.cs"));
        var name = IndexConstant().Match(source);
        Assert.True(name.Success, "The index's name was not found.");
        return name.Groups[1].Value;
    }

    [GeneratedRegex(@"\.(\w+Async)\b")]
    private static partial Regex Call();

    [GeneratedRegex(@"^\s+- ((?:dynamodb|sqs):\w+)\s*$")]
    private static partial Regex Action();

    [GeneratedRegex("IndexName = \"([^\"]+)\"")]
    private static partial Regex IndexConstant();

    [GeneratedRegex("for module in ([a-z ]+);")]
    private static partial Regex ScriptModules();

    [GeneratedRegex(@"maxReceiveCount\W+(\d+)")]
    private static partial Regex MaxReceives();
}
