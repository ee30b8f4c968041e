using System.Text.Json.Serialization;
using Evently.Analytics.Views;

namespace Evently.Analytics;

/// <summary>The module's answers.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EventAnalytics))]
[JsonSerializable(typeof(IReadOnlyList<EventAnalytics>))]
[JsonSerializable(typeof(IReadOnlyList<TimelineBucket>))]
[JsonSerializable(typeof(IReadOnlyList<SeatAnalytics>))]
[JsonSerializable(typeof(UserAnalytics))]
internal sealed partial class AnalyticsJson : JsonSerializerContext;
