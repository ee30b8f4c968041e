using System.Text.Json.Serialization;
using Evently.Venues.Contracts;

namespace Evently.Events;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CreateEventRequest))]
[JsonSerializable(typeof(ChangeEventRequest))]
[JsonSerializable(typeof(EventResponse))]
[JsonSerializable(typeof(IReadOnlyList<EventResponse>))]
[JsonSerializable(typeof(Event))]
[JsonSerializable(typeof(SeatPlanAnswered))]
internal sealed partial class EventsJson : JsonSerializerContext;
