using System.Globalization;
using System.Text;
using CsCheck;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Text;

namespace Evently.Shared.Tests.Text;

/// <summary>Whatever is read from outside has one spelling.</summary>
public sealed class CanonicalTextTests
{
    /// <summary>What lenient parsers ignore or take for a digit.</summary>
    private static readonly string[] Noise = ["\0", " ", "\t", "\n", "+", "-", "0", ",", "'", "_", "e0", "E1", ".", ".0", "\u00A0", "\u0660", "\uFF10", "\u200B", "\u066B"];

    private static readonly Gen<string> Noises = Gen.Int[0, Noise.Length - 1].Select(index => Noise[index]);

    [Fact]
    public void A_whole_number_is_its_digits() => Gen.Int[0, int.MaxValue].Sample(number =>
        Assert.True(CanonicalNumber.TryParse(number.ToString(CultureInfo.InvariantCulture), out int read) && read == number));

    [Fact]
    public void A_number_with_anything_before_behind_or_inside_is_another_number_or_none() =>
        Gen.Select(Gen.Int[0, 99_999], Noises, Gen.Int[0, 5]).Sample((number, noise, place) =>
        {
            var text = number.ToString(CultureInfo.InvariantCulture);
            var noisy = text.Insert(Math.Min(place, text.Length), noise);
            if (CanonicalNumber.TryParse(noisy, out int whole))
                Assert.Equal(noisy, whole.ToString(CultureInfo.InvariantCulture));
            if (CanonicalNumber.TryParse(noisy, out long signed))
                Assert.Equal(noisy, signed.ToString(CultureInfo.InvariantCulture));
            if (CanonicalNumber.TryParse(noisy, out decimal amount))
                Assert.Equal(noisy, amount.ToString(CultureInfo.InvariantCulture));
        });

    [Theory]
    [InlineData("2147483648")]
    [InlineData("99999999999999999999")]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("-0")]
    public void What_is_too_large_or_no_number_is_refused(string text) => Assert.False(CanonicalNumber.TryParse(text, out int _));

    [Theory]
    [InlineData("10.")]
    [InlineData(".5")]
    [InlineData("1.2.3")]
    [InlineData("05")]
    public void An_amount_has_digits_on_both_sides_of_its_point(string text) => Assert.False(CanonicalNumber.TryParse(text, out decimal _));

    [Fact]
    public void An_id_with_noise_is_no_id() => Gen.Select(Gen.ULong, Noises, Gen.Int[0, 32]).Sample((bits, noise, place) =>
    {
        var id = PrefixedId.Format("event", new Ulid(bits));
        Assert.True(PrefixedId.TryParse(id, "event", out var read) && read.Bits == bits);
        Assert.False(PrefixedId.TryParse(id.Insert(place, noise), "event", out _));
    });

    [Fact]
    public void A_time_with_noise_is_no_time_unless_it_is_a_finer_one() => Gen.Select(Gen.Int[0, 86_399_999], Noises, Gen.Int[0, 24]).Sample((offset, noise, place) =>
    {
        var time = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMilliseconds(offset);
        var text = time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        Assert.True(Rfc3339.TryParse(text, out var read) && read == time);
        var noisy = text.Insert(place, noise);
        if (Rfc3339.TryParse(noisy, out var other))
            Assert.Matches(@"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]+Z\z", noisy);
        _ = other;
    });

    [Fact]
    public void Every_scalar_that_is_accepted_survives_normalization_and_folding()
    {
        for (var scalar = 0; scalar <= 0x10FFFF; scalar++)
        {
            if (!Rune.IsValid(scalar))
                continue;
            var text = new Rune(scalar).ToString();
            if (!ValidationErrors.IsCleanText(text, multiline: true))
                continue;
            Assert.NotNull(IdentifierText.Normalize(text));
            Assert.NotNull(TextFolding.Fold("a" + text + "b"));
        }
    }

    [Theory]
    [InlineData("\uFFFE")]
    [InlineData("\uFFFF")]
    [InlineData("\uFDD0")]
    [InlineData("\U0001FFFE")]
    [InlineData("\u0000")]
    public void Controls_and_noncharacters_are_no_text(string text) => Assert.False(ValidationErrors.IsCleanText("a" + text, multiline: true));

    [Fact]
    public void Lengths_count_scalars() => Assert.Equal((3, 2), (ValidationErrors.ScalarCount("a\U0001F600b"), ValidationErrors.ScalarCount("e\u0301")));

    [Theory]
    [InlineData("O\u2019Brien", "obrien")]
    [InlineData("O'Brien", "obrien")]
    [InlineData("zero\u200Bwidth", "zerowidth")]
    [InlineData("Stra\u00DFe", "strasse")]
    public void Search_sees_no_apostrophes_and_nothing_invisible(string text, string folded) => Assert.Equal(folded, TextFolding.Fold(text));

    [Theory]
    [InlineData("a\u200B")]
    [InlineData("a\u00AD")]
    [InlineData("a\u202E")]
    [InlineData("a\uFE0F")]
    [InlineData("a\u3164")]
    public void What_identifies_can_be_seen(string text) => Assert.False(IdentifierText.IsVisible(text));
}
