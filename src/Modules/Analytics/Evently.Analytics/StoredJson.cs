using System.Text.Json.Serialization;
using Evently.Booking.Contracts;
using Evently.Events.Contracts;
using Evently.Venues.Contracts;

namespace Evently.Analytics;

/// <summary>Documents inside stored items: messages kept as they came, which are never renamed.</summary>
[JsonSerializable(typeof(EventCreated))]
[JsonSerializable(typeof(EventChanged))]
[JsonSerializable(typeof(SeatPlanPart))]
[JsonSerializable(typeof(IReadOnlyList<MinuteCount>))]
[JsonSerializable(typeof(IReadOnlyList<BookingConfirmed>))]
internal sealed partial class StoredJson : JsonSerializerContext;
