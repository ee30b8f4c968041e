namespace Evently.Host.Demo;

internal sealed record DemoAccount(string Email, string Phone, string Name, IReadOnlyList<string> Roles);

internal static class DemoAccounts
{
    public const string Password = "evently-demo-2030";

    public static readonly DemoAccount Admin = new("admin@demo.example", "+15550000001", "Ada Admin", ["admin"]);

    /// <summary>Made by the seeder; the admin is there from the start.</summary>
    public static readonly IReadOnlyList<DemoAccount> Others =
    [
        new("organizer@demo.example", "+15550000002", "Otto Organizer", ["organizer"]),
        new("support@demo.example", "+15550000003", "Sam Support", ["support"]),
        new("customer@demo.example", "+15550000004", "Carla Customer", ["customer"]),
    ];

    public static DemoAccount Organizer => Others[0];
}
