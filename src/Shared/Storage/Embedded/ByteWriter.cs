using System.Text;

namespace Evently.Shared.Storage.Embedded;

/// <summary>A growing buffer that is used again and again by one thread.</summary>
internal sealed class ByteWriter
{
    private const int InitialBytes = 4_096;
    private const int LongestVariable = 10;
    private byte[] _buffer = new byte[InitialBytes];
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public void Clear() => _length = 0;

    public void Byte(byte value)
    {
        Reserve(1);
        _buffer[_length++] = value;
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>The UTF-8 length and the UTF-8 bytes.</summary>
    public void Text(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Variable((ulong)length);
        Reserve(length);
        _length += Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_length));
    }

    /// <inheritdoc cref="Text(string)"/>
    public void Text(Value text)
    {
        if (!text.IsUtf8)
        {
            Text(text.String);
            return;
        }

        Variable((ulong)text.Utf8.Length);
        Bytes(text.Utf8.Span);
    }

    public void Variable(ulong value)
    {
        Reserve(LongestVariable);
        while (value >= 0x80)
        {
            _buffer[_length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _buffer[_length++] = (byte)value;
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length - _length < bytes)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + bytes));
    }
}
