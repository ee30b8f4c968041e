using Evently.Shared.Http;
using Evently.Shared.Storage;
using Evently.Users.Tests.Driver;

namespace Evently.Users.Tests;

public sealed class FirstAdminTests
{
    [Theory]
    [InlineData(TableFault.Throttled)]
    [InlineData(TableFault.UnknownAfterWrite)]
    [InlineData(TableFault.UnknownWithoutWrite)]
    public async Task A_start_waits_for_a_table_that_does_not_serve_yet_and_makes_one_admin(TableFault fault)
    {
        var (looks, commits) = (0, 0);
        await using var app = await UsersApp.StartAsync(faults: call => call switch
        {
            { IsWrite: false, Keys: [var key] } when key == Keys.Admins && looks++ == 0 => TableFault.Unavailable,
            { Operation: TableOperation.Transact } when commits++ == 0 => fault,
            _ => TableFault.None,
        });

        Assert.True(looks > 1 && commits > 1, $"{looks} looks and {commits} commits: nothing went wrong.");
        Assert.Contains(Roles.Admin, (await app.LogInAsync(UsersApp.AdminEmail)).Is(200)["roles"]!.AsArray().Select(role => role!.GetValue<string>()));
        Assert.Equal(1, (await app.Service<ITableEngine>().GetAsync(Keys.Admins, Consistency.Strong, TestContext.Current.CancellationToken))!["count"].Number);
    }
}
