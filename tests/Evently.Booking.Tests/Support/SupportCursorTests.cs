using Evently.Booking.Support;
using Evently.Shared.Ids;

namespace Evently.Booking.Tests.Support;

public sealed class SupportCursorTests
{
    private const string Hex = "00112233445566778899aabbccddeeff";
    private static readonly string Id = new Ulid(0xABCDEF).ToString();

    [Fact]
    public void A_place_that_a_list_gave_is_a_cursor()
    {
        Assert.True(SupportFinder.IsHoldingPlace(Id));
        foreach (var place in (string[])["001903867200000#" + Hex, "watched", $"0#{Id}#{Id}#0", $"3#{Id}#{Id}#55"])
            Assert.True(SupportFinder.IsWaitingPlace(place), place);
    }

    [Fact]
    public void Anything_else_is_none()
    {
        foreach (var place in (string[])["", "held|" + Id, Id + "\0", Id.ToLowerInvariant(), " " + Id, new string('x', 2_000)])
            Assert.False(SupportFinder.IsHoldingPlace(place), place);
        foreach (var place in (string[])["", Id, "#", "001903867200000#", "001903867200000" + Hex, "00190386720000x#" + Hex, "001903867200000#" + Hex.ToUpperInvariant(), "001903867200000#" + Hex + "\0", "-01903867200000#" + Hex, "٠٠١٩٠٣٨٦٧٢٠٠٠٠٠#" + Hex])
            Assert.False(SupportFinder.IsWaitingPlace(place), place);

        foreach (var place in (string[])["Watched", $"4#{Id}#{Id}#0", $"00#{Id}#{Id}#0", $"-1#{Id}#{Id}#0", $"0#{Id}#{Id}#56", $"0#{Id}#{Id}#", $"0#{Id}#0", $"0#{Id}#{Id}#0#"])
            Assert.False(SupportFinder.IsWaitingPlace(place), place);
    }
}
