using Evently.Booking.Support;
using Evently.Shared.Ids;

namespace Evently.Booking.Tests.Support;

public sealed class SupportCursorTests
{
    private static readonly string Id = new Ulid(7).ToString();

    [Fact]
    public void A_place_that_the_list_gave_is_a_cursor()
    {
        foreach (var place in (string[])["held|" + Id, "paid|", "paid|3|", "paid|7|" + Id])
            Assert.True(SupportFinder.IsEventCursor(place), place);
    }

    [Fact]
    public void Anything_else_is_none()
    {
        foreach (var place in (string[])["held|", "held|x", "paid|8|", "paid|01|", "paid|3|" + new string('x', 2_000), "paid|3", Id, "|", "held|" + Id + "\0"])
            Assert.False(SupportFinder.IsEventCursor(place), place);
    }
}
