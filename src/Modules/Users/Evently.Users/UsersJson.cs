using System.Text.Json.Serialization;
using Evently.Users.Accounts;
using Evently.Users.Guests;
using Evently.Users.History;
using Evently.Users.MailedTokens;
using Evently.Users.Passwords;
using Evently.Users.Tokens;

namespace Evently.Users;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RegisterUserRequest))]
[JsonSerializable(typeof(UserResponse))]
[JsonSerializable(typeof(SetRolesRequest))]
[JsonSerializable(typeof(ChangeUserRequest))]
[JsonSerializable(typeof(ChangePasswordRequest))]
[JsonSerializable(typeof(SetSellerRequest))]
[JsonSerializable(typeof(SellerResponse))]
[JsonSerializable(typeof(Seller))]
[JsonSerializable(typeof(UserExport))]
[JsonSerializable(typeof(RegisterGuestRequest))]
[JsonSerializable(typeof(AskPasswordResetRequest))]
[JsonSerializable(typeof(ResetPasswordRequest))]
[JsonSerializable(typeof(ProveEmailRequest))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(TokenResponse))]
[JsonSerializable(typeof(IReadOnlyList<BookingEntry>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class UsersJson : JsonSerializerContext;
