using System.Collections.Frozen;

namespace Evently.Shared.Money;

/// <summary>ISO 4217 currencies and their decimals ("minor units"). Amounts are checked 64-bit counts of minor units.</summary>
public static class Currency
{
    /// <summary>The largest amount that a price or a total may have: 10^12 minor units.</summary>
    public const long MaxAmount = 1_000_000_000_000;

    private static readonly FrozenDictionary<string, int> Decimals = Build();

    public static bool IsKnown(string code) => Decimals.ContainsKey(code);

    /// <summary>Minor units from major units. False when the amount has more decimals than the currency, is negative or too large.</summary>
    public static bool TryToMinor(decimal major, string currency, out long minor)
    {
        minor = 0;
        if (!Decimals.TryGetValue(currency, out var decimals) || major < 0 || major > MaxAmount)
            return false;
        var scaled = major * Scale(decimals);
        if (scaled != decimal.Truncate(scaled) || scaled > MaxAmount)
            return false;
        minor = (long)scaled;
        return true;
    }

    /// <summary>Major units with the currency's decimals, so that JSON shows <c>45.50</c>.</summary>
    public static decimal ToMajor(long minor, string currency)
    {
        var decimals = Decimals[currency];
        return new decimal(minor) / Scale(decimals) + new decimal(0, 0, 0, false, (byte)decimals);
    }

    private static decimal Scale(int decimals) => decimals switch
    {
        0 => 1m,
        2 => 100m,
        3 => 1_000m,
        4 => 10_000m,
        _ => throw new ArgumentOutOfRangeException(nameof(decimals)),
    };

    // ISO 4217 list one (2024), without precious metals, bond units and testing codes.
    private static FrozenDictionary<string, int> Build()
    {
        const string two =
            "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK " +
            "DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP " +
            "LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB " +
            "SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW";
        const string none = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
        const string three = "BHD IQD JOD KWD LYD OMR TND";
        const string four = "CLF UYW";
        return Codes(two, 2).Concat(Codes(none, 0)).Concat(Codes(three, 3)).Concat(Codes(four, 4))
            .ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static IEnumerable<KeyValuePair<string, int>> Codes(string codes, int decimals) =>
        codes.Split(' ').Select(code => KeyValuePair.Create(code, decimals));
}
