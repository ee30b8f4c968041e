using System.Net;
using System.Net.Sockets;

namespace Evently.Load.Http;

/// <summary>
/// One keep-alive connection that sends bytes made beforehand and reads as little of the answer as a scenario needs. Generator and host share the
/// machine, and an ordinary HTTP client takes about as much of it as the host's own handling. One request at a time.
/// </summary>
internal sealed class LoadConnection(IPEndPoint address) : IDisposable
{
    private const int FirstOutBytes = 2 * 1024;
    private const int FirstInBytes = 4 * 1024;

    private readonly AnswerParser _parser = new();
    private byte[] _out = new byte[FirstOutBytes];
    private byte[] _in = new byte[FirstInBytes];
    private Socket? _socket;

    /// <summary>Of all answers, bodies as they came over the wire.</summary>
    public long BodyBytes { get; private set; }

    /// <summary>Where every GET ends.</summary>
    private static ReadOnlySpan<byte> EndOfHead => "\r\n"u8;

    /// <summary>Connects beforehand what would otherwise be part of the first request.</summary>
    public async ValueTask OpenAsync() => _socket ??= await ConnectAsync();

    public ValueTask<Answer> GetAsync(ReadOnlyMemory<byte> requestLine, ReadOnlyMemory<byte> headers)
    {
        var length = RequestBytes.Write(ref _out, requestLine.Span, headers.Span, EndOfHead);
        return SendAsync(length);
    }

    /// <param name="body">JSON; <paramref name="headers"/> has said so.</param>
    public ValueTask<Answer> PostAsync(ReadOnlyMemory<byte> requestLine, ReadOnlyMemory<byte> headers, ReadOnlyMemory<byte> body)
    {
        var length = RequestBytes.WriteWithBody(ref _out, requestLine.Span, headers.Span, body.Span);
        return SendAsync(length);
    }

    /// <summary>The next request connects anew; one that runs fails.</summary>
    public void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }

    public void Dispose() => Close();

    /// <exception cref="SocketException">The connection broke, or was closed for the end of the measurement.</exception>
    private async ValueTask<Answer> SendAsync(int length)
    {
        try
        {
            var socket = _socket ??= await ConnectAsync();
            await socket.SendAsync(_out.AsMemory(0, length));
            var answer = await ReceiveAsync(socket);
            BodyBytes += answer.Body.Length;
            if (_parser.Closes)
                Close();
            return answer;
        }
        catch
        {
            Close();
            throw;
        }
    }

    private async ValueTask<Answer> ReceiveAsync(Socket socket)
    {
        _parser.Reset();
        var received = 0;
        do
        {
            if (received == _in.Length)
                Array.Resize(ref _in, 2 * _in.Length);
            var count = await socket.ReceiveAsync(_in.AsMemory(received));
            if (count == 0)
                throw new SocketException((int)SocketError.ConnectionReset);
            received += count;
        }
        while (!_parser.TryParse(_in.AsSpan(0, received)));
        return _parser.Answer(_in.AsMemory(0, received));
    }

    private async ValueTask<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
