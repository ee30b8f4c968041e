using System.Globalization;

namespace Evently.Analytics.Rollups;

internal enum Granularity
{
    Minute,
    Hour,
    Day,
}

/// <summary>What a bucket of the timeline counts. Revenue is in minor units.</summary>
internal enum Figure
{
    Bookings,
    Seats,
    Revenue,
    Cancellations,
    Holds,
    FailedHolds,
    ExpiredHolds,
}

/// <summary>Where a bucket is kept: an hour's minutes, a day's hours and a month's days share one item, each bucket with attributes of its own.</summary>
/// <param name="Span">The stretch of time that the item covers, as its sort key spells it.</param>
/// <param name="Slot">The two digits of the minute, hour or day that the bucket's attributes begin with.</param>
internal readonly record struct BucketPlace(string Span, string Slot);

/// <summary>The layout of the timeline. Buckets begin at full minutes, hours and days of UTC.</summary>
internal static class Timeline
{
    private static readonly (string Span, string Slot)[] Formats = [("yyyy-MM-dd'T'HH", "mm"), ("yyyy-MM-dd", "HH"), ("yyyy-MM", "dd")];

    public static DateTimeOffset StartOf(Granularity granularity, DateTimeOffset at)
    {
        var utc = at.UtcDateTime;
        return granularity switch
        {
            Granularity.Minute => new DateTimeOffset(utc.Year, utc.Month, utc.Day, utc.Hour, utc.Minute, 0, TimeSpan.Zero),
            Granularity.Hour => new DateTimeOffset(utc.Year, utc.Month, utc.Day, utc.Hour, 0, 0, TimeSpan.Zero),
            Granularity.Day => new DateTimeOffset(utc.Date, TimeSpan.Zero),
            _ => throw new ArgumentOutOfRangeException(nameof(granularity)),
        };
    }

    public static BucketPlace PlaceOf(Granularity granularity, DateTimeOffset at)
    {
        var (span, slot) = Formats[(int)granularity];
        return new BucketPlace(at.UtcDateTime.ToString(span, CultureInfo.InvariantCulture), at.UtcDateTime.ToString(slot, CultureInfo.InvariantCulture));
    }

    public static DateTimeOffset StartOf(Granularity granularity, BucketPlace place)
    {
        var (span, slot) = Formats[(int)granularity];
        return DateTimeOffset.ParseExact(
            $"{place.Span} {place.Slot}", $"{span} {slot}", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
    }

    /// <summary>One letter a figure, for attribute names.</summary>
    public static char LetterOf(Figure figure) => figure switch
    {
        Figure.Bookings => 'b',
        Figure.Seats => 's',
        Figure.Revenue => 'r',
        Figure.Cancellations => 'x',
        Figure.Holds => 'h',
        Figure.FailedHolds => 'f',
        Figure.ExpiredHolds => 'e',
        _ => throw new ArgumentOutOfRangeException(nameof(figure)),
    };

    public static Figure FigureOf(char letter) => letter switch
    {
        'b' => Figure.Bookings,
        's' => Figure.Seats,
        'r' => Figure.Revenue,
        'x' => Figure.Cancellations,
        'h' => Figure.Holds,
        'f' => Figure.FailedHolds,
        'e' => Figure.ExpiredHolds,
        _ => throw new ArgumentOutOfRangeException(nameof(letter)),
    };
}
