using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Evently.Users.Accounts;
using Evently.Users.Tests.Driver;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Users.Tests;

/// <summary>What a token is compared with, on one of several instances.</summary>
public sealed class AccountDirectoryTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 5, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly LateTable _table;
    private readonly IdGenerator _ids;
    private readonly Instance _here;
    private readonly Instance _there;

    public AccountDirectoryTests()
    {
        _table = new LateTable(new MemoryTableEngine(_time));
        _ids = new IdGenerator(_time);
        (_here, _there) = (new Instance(_table, _ids, _time), new Instance(_table, _ids, _time));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_counts_on_another_instance_within_a_second_and_nobody_else_is_read_for_it()
    {
        var (ann, bob) = (await MakeAsync(), await MakeAsync());
        Assert.Equal((0, 0), (await VersionAsync(ann), await VersionAsync(bob)));
        await _there.ChangeAsync(ann, user => user with { TokenVersion = 1 });
        _time.Advance(Second);
        _table.Forget();

        Assert.Equal((1, 0), (await VersionAsync(ann), await VersionAsync(bob)));

        Assert.Equal((1, 0), _table.Gets);
    }

    [Theory]
    [InlineData("roles")]
    [InlineData("erasure")]
    public async Task Whatever_tokens_are_compared_with_is_told(string what)
    {
        var user = await MakeAsync();
        Assert.Equal(Roles.Support, (await _here.FindAsync(user))!.Roles[^1]);
        await using var app = await UsersApp.StartAsync(time: _time, table: _table);
        var token = await app.AdminTokenAsync();
        var answer = what == "roles"
            ? await app.SendAsync(HttpMethod.Put, $"/user/{user}/roles", new { roles = new[] { "customer" } }, token)
            : await app.SendAsync(HttpMethod.Delete, $"/user/{user}", null, token);
        Assert.InRange(answer.Status, 200, 204);
        _time.Advance(Second);

        Assert.Equal(what == "roles" ? [Roles.Customer] : null, (await _here.FindAsync(user))?.Roles);
    }

    [Fact]
    public async Task An_account_is_read_every_ten_seconds_at_half_the_price_so_that_what_a_version_before_has_changed_counts_then()
    {
        var user = await MakeAsync();
        Assert.Equal(0, await VersionAsync(user));
        await _table.WriteAsync(
            Write.Update(Keys.User(user), [Change.Set("token_version", 1), Change.Set("version", 2)], Condition.Equal("version", 1)), Stop);
        _table.Forget();
        for (var passed = Second; passed < AccountDirectory.OldestCopy; passed += Second)
        {
            _time.Advance(Second);
            Assert.Equal(0, await VersionAsync(user));
        }

        _time.Advance(Second);
        Assert.Equal(1, await VersionAsync(user));
        Assert.Equal((0, 1), _table.Gets);
    }

    [Fact]
    public async Task A_read_that_lags_is_not_believed_once_a_change_was_told()
    {
        var user = await MakeAsync();
        await _table.FreezeAsync(Keys.User(user));
        await _there.ChangeAsync(user, account => account with { TokenVersion = 1 });
        Assert.Equal(1, await VersionAsync(user));

        var another = new Instance(_table, _ids, _time);
        Assert.Equal(1, (await another.FindAsync(user))!.TokenVersion);
    }

    [Fact]
    public async Task A_read_that_lags_does_not_deny_an_account_that_was_just_made()
    {
        var userId = _ids.Next("user");
        await _table.FreezeAsync(Keys.User(userId));
        await MakeAsync(userId);
        Assert.Equal(0, await VersionAsync(userId));
    }

    [Fact]
    public async Task An_account_that_was_not_there_is_found_a_second_after_it_was_made()
    {
        var userId = _ids.Next("user");
        Assert.Null(await _here.FindAsync(userId));
        await MakeAsync(userId);
        _time.Advance(Second);
        Assert.NotNull(await _here.FindAsync(userId));
    }

    [Fact]
    public async Task A_change_counts_at_once_where_it_was_made_even_if_reads_lag()
    {
        var user = await MakeAsync();
        Assert.Equal(0, await VersionAsync(user));
        await _table.FreezeAsync(Keys.User(user));
        await _here.ChangeAsync(user, account => account with { TokenVersion = 1 });
        _here.Directory.Changed(user);
        Assert.Equal(1, await VersionAsync(user));
    }

    [Fact]
    public async Task A_change_of_what_no_token_is_compared_with_is_not_told()
    {
        var user = await MakeAsync();
        await _there.ChangeAsync(user, account => account with { Name = "Ann" });
        Assert.Empty((await _here.Changes.LatestAsync(Stop))!);
        await _there.ChangeAsync(user, account => account with { TokenVersion = 1 });
        _time.Advance(Second);
        Assert.Equal([KeyValuePair.Create(user, 3)], (await _here.Changes.LatestAsync(Stop))!);
        _time.Advance(AccountChanges.Window + Second);
        Assert.Empty((await _here.Changes.LatestAsync(Stop))!);
    }

    [Fact]
    public async Task When_more_accounts_change_than_can_be_followed_no_copy_is_used()
    {
        var user = await MakeAsync();
        Assert.Equal(0, await VersionAsync(user));
        for (var i = 0; i <= AccountChanges.MostFollowed; i++)
            await _table.WriteAsync(_there.Changes.Tell(_ids.Next("user"), 2), Stop);
        await _table.WriteAsync(
            Write.Update(Keys.User(user), [Change.Set("token_version", 1), Change.Set("version", 2)], Condition.Equal("version", 1)), Stop);
        _time.Advance(Second);
        Assert.Equal(1, await VersionAsync(user));
    }

    [Fact]
    public async Task A_token_that_was_issued_elsewhere_after_a_changed_password_counts_at_once()
    {
        await using var here = await UsersApp.StartAsync(table: _table);
        await using var there = await UsersApp.StartAsync(table: _table);
        var person = await there.PersonAsync();
        (await here.GetAsync("/user/me", person.Token)).Is(200);
        var passwords = new { current_password = UsersApp.Password, new_password = "another good passphrase" };
        Assert.Equal(204, (await there.SendAsync(HttpMethod.Put, $"/user/{person.UserId}/password", passwords, person.Token)).Status);
        var token = (await there.LogInAsync(person.Email, passwords.new_password)).Is(200)["access_token"]!.GetValue<string>();
        (await here.GetAsync("/user/me", token)).Is(200);
    }

    private async Task<int> VersionAsync(string userId) => (await _here.FindAsync(userId))!.TokenVersion;

    private async Task<string> MakeAsync(string? userId = null)
    {
        var user = new User(
            userId ?? _ids.Next("user"), "ann@evently.test", "+4930123456", null, "hash", [Roles.Customer, Roles.Support], _time.GetUtcNow(), Version: 1);
        Assert.True((await _table.WriteAsync(Write.Put(Keys.User(user.UserId), user.ToAttributes(), Condition.ItemAbsent), Stop)).Applied);
        return user.UserId;
    }

    private sealed class Instance
    {
        public Instance(ITableEngine table, IdGenerator ids, TimeProvider time)
        {
            var module = new ModuleTable<UsersModule>(table);
            Changes = new AccountChanges(module, ids, time);
            Users = new UserStore(module, Changes);
            Directory = new AccountDirectory(Users, Changes, time);
        }

        public AccountChanges Changes { get; }

        public UserStore Users { get; }

        public AccountDirectory Directory { get; }

        public ValueTask<AccountFact?> FindAsync(string userId) => Directory.FindAsync(userId, fresh: false, Stop);

        public async Task ChangeAsync(string userId, Func<User, User> change)
        {
            var user = (await Users.FindAsync(userId, Stop))!;
            Assert.True(await Users.TrySaveAsync(user, change(user), [], Stop));
        }
    }
}
