using System.Text.RegularExpressions;
using Microsoft.OpenApi;

namespace Evently.Api.Tests.Security;

/// <summary>Every call of the document, by everybody: who is turned away for who they are, and who is not. A call that is not in the table fails.</summary>
public sealed partial class IdentityMatrixTests(SharedHost shared)
{
    private const string Anybody = "anybody";
    private const string SignedIn = "signed in";
    private const string AccountHolders = "account holders";
    private const string Organizers = "organizers";
    private const string OrganizersAndSupport = "organizers and support";
    private const string Support = "support";
    private const string Admins = "admins";

    /// <summary>By operation id.</summary>
    private static readonly Dictionary<string, string> Callers = new()
    {
        ["register_user"] = Anybody, ["issue_token"] = Anybody, ["get_user"] = SignedIn, ["get_me"] = SignedIn, ["change_user"] = SignedIn,
        ["change_password"] = SignedIn, ["set_seller"] = Organizers, ["set_user_roles"] = Admins, ["erase_user"] = SignedIn, ["export_user"] = SignedIn,
        ["ask_password_reset"] = Anybody, ["reset_password"] = Anybody, ["ask_email_proof"] = AccountHolders, ["prove_email"] = Anybody, ["register_guest"] = Anybody,
        ["list_user_bookings"] = SignedIn, ["list_user_holdings"] = SignedIn, ["get_user_analytics"] = SignedIn,
        ["create_venue"] = Organizers, ["list_venues"] = Anybody, ["get_venue"] = Anybody, ["add_seats"] = Organizers, ["remove_seats"] = Organizers,
        ["list_venue_seats"] = Anybody, ["create_event"] = Organizers, ["list_events"] = Anybody, ["get_event"] = Anybody, ["change_event"] = Organizers,
        ["publish_event"] = Organizers, ["cancel_event"] = Organizers, ["list_event_seats"] = Anybody, ["hold_seats"] = SignedIn, ["get_holding"] = SignedIn,
        ["confirm_hold"] = SignedIn, ["cancel_hold"] = SignedIn, ["get_booking"] = SignedIn, ["cancel_booking"] = SignedIn,
        ["list_simulated_payments"] = Support, ["get_event_analytics"] = OrganizersAndSupport, ["get_event_timeline"] = OrganizersAndSupport,
        ["get_seat_analytics"] = OrganizersAndSupport,
        ["list_event_analytics"] = OrganizersAndSupport, ["list_support_bookings"] = Support, ["show_support_booking"] = Support, ["act_on_booking"] = Support,
        ["list_queues"] = Support, ["redrive_queue"] = Support, ["audit_ledger"] = Support, ["get_health"] = Anybody, ["get_liveness"] = Anybody,
        ["get_readiness"] = Anybody, ["test_store"] = Anybody,
    };

    private readonly World _world = shared.World;

    [Fact]
    public async Task Everybody_is_let_in_where_the_table_says_and_nowhere_else()
    {
        var document = OpenApiDocument.Parse((await _world.Anonymous.GetAsync("/openapi/v1.json")).Is(200).Text, "json").Document!;
        var operations = document.Paths.SelectMany(path => path.Value.Operations!.Select(operation => (path.Key, operation.Key.Method, operation.Value))).ToList();
        Assert.Equal(Callers.Keys.Order(), operations.Select(operation => operation.Value.OperationId!).Order());

        (string Name, ApiClient Api)[] callers =
        [
            ("nobody", _world.Anonymous), ("guest", (await _world.GuestAsync()).Api), ("customer", (await _world.CustomerAsync()).Api), ("organizer", (await _world.OrganizerAsync()).Api),
            ("support", (await _world.SupportAsync()).Api), ("admin", (await _world.AdminAsync()).Api),
        ];
        foreach (var (path, method, operation) in operations)
        {
            foreach (var (name, api) in callers)
            {
                using var body = method is "GET" or "HEAD" ? null : ApiClient.Json("{}");
                var answer = await api.SendAsync(new HttpMethod(method), Nonexistent(path), body);
                var turnedAway = answer.Status is 401 or 403;
                var admitted = IsAdmitted(Callers[operation.OperationId!], name);
                Assert.True(turnedAway != admitted || IsOwnMatter(operation.OperationId!, answer), $"{operation.OperationId} by {name}: {answer.Status} {answer.Text}");
                Assert.True(answer.Status < 500, $"{operation.OperationId} by {name}: {answer.Status} {answer.Text}");
            }
        }
    }

    /// <summary>A wrong password is a 401 of its own.</summary>
    private static bool IsOwnMatter(string operation, Answer answer) => operation == "issue_token" && answer.Status == 400;

    private static bool IsAdmitted(string callers, string name) => callers switch
    {
        Anybody => true,
        SignedIn => name != "nobody",
        AccountHolders => name is not ("nobody" or "guest"),
        Organizers => name is "organizer" or "admin",
        OrganizersAndSupport => name is "organizer" or "support" or "admin",
        Support => name is "support" or "admin",
        _ => name == "admin",
    };

    private static string Nonexistent(string path) => Parameter().Replace(path, match => match.Groups[1].Value switch
    {
        "name" => "evently-nothing",
        var id => (id.EndsWith("_id", StringComparison.Ordinal) ? id[..^3] : id) + "-00000000000000000000000000",
    });

    [GeneratedRegex(@"\{([^}]+)\}")]
    private static partial Regex Parameter();
}
