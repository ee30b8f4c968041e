using System.Security.Cryptography;

namespace Evently.Shared.Ids;

/// <summary>
/// The one source of ids and of randomness. Ids made by one generator ascend strictly, also within a millisecond. Give it a seeded
/// <paramref name="fill"/> and a fake clock to replay a run.
/// </summary>
/// <param name="fill">Fills a buffer with random bytes.</param>
public sealed class IdGenerator(TimeProvider time, IdGenerator.FillRandom fill)
{
    private const int RandomBytes = 10;
    private readonly Lock _gate = new();
    private UInt128 _last;

    public IdGenerator(TimeProvider time)
        : this(time, RandomNumberGenerator.Fill)
    {
    }

    public delegate void FillRandom(Span<byte> buffer);

    public Ulid Next()
    {
        Span<byte> random = stackalloc byte[RandomBytes];
        UInt128 bits = (UInt128)(ulong)time.GetUtcNow().ToUnixTimeMilliseconds() << 80;
        lock (_gate)
        {
            fill(random);
            for (var i = 0; i < RandomBytes; i++)
                bits |= (UInt128)random[i] << (8 * (RandomBytes - 1 - i));

            // Same millisecond, or a clock that stepped back: stay above the last id.
            if (bits <= _last)
                bits = _last + 1;
            _last = bits;
            return new Ulid(bits);
        }
    }

    public string Next(string prefix) => $"{prefix}-{Next()}";

    /// <summary>A uniform number from 0 up to, not including, <paramref name="exclusiveBound"/>; for jitter.</summary>
    public int NextInt(int exclusiveBound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveBound);
        Span<byte> random = stackalloc byte[8];
        lock (_gate)
            fill(random);
        return (int)(BitConverter.ToUInt64(random) % (ulong)exclusiveBound);
    }
}
