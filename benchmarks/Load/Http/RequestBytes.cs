using System.Buffers.Text;
using System.Text;

namespace Evently.Load.Http;

/// <summary>Puts requests together from parts that are made once: the first line, the headers of a caller, a body.</summary>
internal static class RequestBytes
{
    /// <summary>The header of the length with its number and the empty line behind it.</summary>
    private const int LengthHeaderBytes = 40;

    public static byte[] Line(string method, string path) => Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\n");

    /// <param name="token">Null: nobody's.</param>
    /// <param name="more">Further headers, without line ends.</param>
    public static byte[] Headers(string? token, params IEnumerable<string> more)
    {
        var text = new StringBuilder("Host: localhost\r\n");
        if (token is not null)
            text.Append("Authorization: Bearer ").Append(token).Append("\r\n");
        foreach (var header in more)
            text.Append(header).Append("\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>One more header of a caller.</summary>
    public static byte[] Header(string name, string value) => Encoding.ASCII.GetBytes($"{name}: {value}\r\n");

    /// <returns>The request's length.</returns>
    public static int Write(ref byte[] buffer, ReadOnlySpan<byte> requestLine, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> rest)
    {
        Ensure(ref buffer, requestLine.Length + headers.Length + rest.Length);
        requestLine.CopyTo(buffer);
        headers.CopyTo(buffer.AsSpan(requestLine.Length));
        rest.CopyTo(buffer.AsSpan(requestLine.Length + headers.Length));
        return requestLine.Length + headers.Length + rest.Length;
    }

    /// <returns>The request's length.</returns>
    public static int WriteWithBody(ref byte[] buffer, ReadOnlySpan<byte> requestLine, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> body)
    {
        Ensure(ref buffer, requestLine.Length + headers.Length + LengthHeaderBytes + body.Length);
        var length = Write(ref buffer, requestLine, headers, "Content-Length: "u8);
        Utf8Formatter.TryFormat(body.Length, buffer.AsSpan(length), out var digits);
        length += digits;
        "\r\n\r\n"u8.CopyTo(buffer.AsSpan(length));
        length += 4;
        body.CopyTo(buffer.AsSpan(length));
        return length + body.Length;
    }

    private static void Ensure(ref byte[] buffer, int length)
    {
        if (buffer.Length < length)
            buffer = new byte[2 * length];
    }
}
