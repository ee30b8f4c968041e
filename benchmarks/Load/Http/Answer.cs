using System.Text;

namespace Evently.Load.Http;

/// <summary>What a server said. The memory is the connection's own and is written over by its next request.</summary>
/// <param name="ETag">Empty without one.</param>
internal readonly record struct Answer(int Status, ReadOnlyMemory<byte> Body, ReadOnlyMemory<byte> ETag)
{
    /// <summary>Enough of a failure to see what it is.</summary>
    private const int ShownBytes = 400;

    /// <summary>The value behind this text, up to the next quotation mark; empty when the body does not have it.</summary>
    /// <param name="member">Name and opening of the value, such as <c>"holding_id":"</c>.</param>
    public ReadOnlySpan<byte> TextAfter(ReadOnlySpan<byte> member)
    {
        var body = Body.Span;
        var start = body.IndexOf(member);
        if (start < 0)
            return default;
        body = body[(start + member.Length)..];
        var end = body.IndexOf((byte)'"');
        return end < 0 ? default : body[..end];
    }

    public string Show() => $"{Status} {Encoding.UTF8.GetString(Body.Span[..Math.Min(Body.Length, ShownBytes)])}";
}
