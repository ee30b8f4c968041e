using Evently.Shared.Http;

namespace Evently.Shared.Tests.Http;

public sealed class Times
{
    [Theory]
    [InlineData("2030-01-01T10:00:00Z", "2030-01-01T10:00:00Z")]
    [InlineData("2030-01-01t10:00:00z", "2030-01-01T10:00:00Z")]
    [InlineData("2030-01-01T10:00:00+02:00", "2030-01-01T08:00:00Z")]
    [InlineData("2030-01-01T10:00:00 02:00", "2030-01-01T08:00:00Z")]
    [InlineData("2030-01-01T10:00:00.123456-05:30", "2030-01-01T15:30:00.123Z")]
    [InlineData("2030-01-01T10:00:00.1234567890123456789Z", "2030-01-01T10:00:00.123Z")]
    [InlineData("2030-01-01T10:00:00.5Z", "2030-01-01T10:00:00.5Z")]
    [InlineData("2030-01-01T00:00:00+23:59", "2029-12-31T00:01:00Z")]
    public void A_time_with_an_offset_is_read(string text, string utc)
    {
        Assert.True(Rfc3339.TryParse(text, out var time));
        Assert.Equal(utc, Rfc3339.Format(time));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("2030-01-01")]
    [InlineData("2030-01-01T10:00Z")]
    [InlineData("2030-01-01T10:00:00")]
    [InlineData("2030-01-01T10:00:00+0200")]
    [InlineData("2030-02-30T10:00:00Z")]
    [InlineData("2030-01-01T24:00:00Z")]
    [InlineData("2030-01-01T10:00:00+24:00")]
    [InlineData("2030-01-01T10:00:00.Z")]
    [InlineData("2030-01-01T10:00:00Z\0")]
    [InlineData("2030-01-01T10:00:0\u0661Z")]
    [InlineData("2030-01-01T10:00:00+02:60")]
    [InlineData("1899-12-31T23:59:59Z")]
    [InlineData("2201-01-01T00:00:00Z")]
    [InlineData("01/02/2030 10:00:00 AM")]
    public void Anything_else_is_not(string? text) => Assert.False(Rfc3339.TryParse(text, out _));
}
