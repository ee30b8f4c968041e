using System.Buffers.Text;
using System.Text;

namespace Evently.Load.Http;

/// <summary>
/// Reads one HTTP/1.1 answer out of what has been received of it so far. It knows what the hosts of a measurement send and nothing else: a status line, a
/// length or chunks without trailers, an ETag, and the end of a connection.
/// </summary>
internal sealed class AnswerParser
{
    private int _status;
    private int _contentLength;
    private bool _isChunked;
    private int _bodyStart;
    private int _bodyEnd;
    private int _nextChunk;
    private Range _eTag;

    /// <summary>The server closes the connection behind this answer.</summary>
    public bool Closes { get; private set; }

    public void Reset()
    {
        (_status, _contentLength, _isChunked, Closes) = (0, 0, false, false);
        (_bodyStart, _bodyEnd, _nextChunk) = (0, 0, 0);
        _eTag = default;
    }

    /// <param name="received">All of the answer that has come, from its first byte; chunks are moved together in it.</param>
    /// <returns>Whether the answer is complete.</returns>
    public bool TryParse(Span<byte> received)
    {
        if (_bodyStart == 0 && !TryParseHead(received))
            return false;
        if (_isChunked)
            return TryJoinChunks(received);
        _bodyEnd = _bodyStart + _contentLength;
        return received.Length >= _bodyEnd;
    }

    public Answer Answer(ReadOnlyMemory<byte> received) => new(_status, received[_bodyStart.._bodyEnd], received[_eTag]);

    private bool TryParseHead(ReadOnlySpan<byte> received)
    {
        var end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;
        var head = received[..(end + 2)];
        if (!head.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(head["HTTP/1.1 ".Length..], out _status, out _))
            throw new InvalidDataException("This is no answer of HTTP/1.1.");
        for (var line = head.IndexOf("\r\n"u8) + 2; line < head.Length;)
        {
            var length = head[line..].IndexOf("\r\n"u8);
            ReadHeader(head.Slice(line, length), line);
            line += length + 2;
        }

        _bodyStart = _bodyEnd = _nextChunk = end + 4;
        return true;
    }

    private void ReadHeader(ReadOnlySpan<byte> header, int offset)
    {
        var colon = header.IndexOf((byte)':');
        var name = header[..colon];
        var value = header[(colon + 1)..];
        var blanks = value.Length - value.TrimStart((byte)' ').Length;
        value = value[blanks..];
        if (Ascii.EqualsIgnoreCase(name, "content-length"u8))
            _contentLength = Utf8Parser.TryParse(value, out int length, out _) ? length : throw new InvalidDataException("The length is no number.");
        else if (Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
            _isChunked = Ascii.EqualsIgnoreCase(value, "chunked"u8);
        else if (Ascii.EqualsIgnoreCase(name, "connection"u8))
            Closes = Ascii.EqualsIgnoreCase(value, "close"u8);
        else if (Ascii.EqualsIgnoreCase(name, "etag"u8))
            _eTag = (offset + colon + 1 + blanks)..(offset + header.Length);
    }

    private bool TryJoinChunks(Span<byte> received)
    {
        while (true)
        {
            var line = received[_nextChunk..].IndexOf("\r\n"u8);
            if (line < 0)
                return false;
            if (!Utf8Parser.TryParse(received.Slice(_nextChunk, line), out int size, out _, 'X'))
                throw new InvalidDataException("A chunk has no size.");
            var data = _nextChunk + line + 2;
            if (received.Length < data + size + 2)
                return false;
            if (size == 0)
                return true;
            received.Slice(data, size).CopyTo(received[_bodyEnd..]);
            _bodyEnd += size;
            _nextChunk = data + size + 2;
        }
    }
}
