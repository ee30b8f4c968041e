using Microsoft.AspNetCore.Http;

namespace Evently.Shared.Http;

/// <summary>
/// Bounds the request's body by the endpoint's <see cref="BodyLimit"/>. It runs behind authorization, so that a caller without a token sends nothing for us to
/// read, and on every server alike. An announced length beyond the bound is refused unread.
/// </summary>
internal sealed class BodyLimitMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var limit = context.GetEndpoint()?.Metadata.GetMetadata<BodyLimit>()?.Bytes ?? BodyLimit.DefaultBytes;
        if (context.Request.ContentLength > limit)
            return BadRequestProblems.TooLarge().ExecuteAsync(context);
        context.Request.Body = new BoundedStream(context.Request.Body, limit);
        return next(context);
    }

    /// <summary>Reads through until the bound is passed, for bodies of unannounced length.</summary>
    private sealed class BoundedStream(Stream inner, long limit) : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Count(await inner.ReadAsync(buffer, cancellationToken));

        public override async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            Count(await inner.ReadAsync(buffer.AsMemory(offset, count), cancellationToken));

        public override int Read(byte[] buffer, int offset, int count) => Count(inner.Read(buffer, offset, count));

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private int Count(int read)
        {
            _read += read;
            return _read <= limit ? read : throw new BadHttpRequestException("The body is too large.", StatusCodes.Status413PayloadTooLarge);
        }
    }
}
