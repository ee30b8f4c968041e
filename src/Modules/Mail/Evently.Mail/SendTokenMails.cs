using Evently.Mail.Contracts;
using MassTransit;

namespace Evently.Mail;

internal sealed class SendTokenMails(Postman postman) : IConsumer<SendTokenMail>
{
    public Task Consume(ConsumeContext<SendTokenMail> context) => postman.SendAsync(context.Message, context.CancellationToken);
}
