using System.Diagnostics;

namespace Evently.Api.Cloud.Tests.Telemetry;

/// <param name="Parent">Empty for a root.</param>
internal sealed record ExportedSpan(string Instance, string Source, string Trace, string Id, string Parent, string Name, ActivityKind Kind, bool IsError)
{
    public override string ToString() => $"{Instance} {Source}: {Name} ({Kind}{(IsError ? ", error" : "")}) {Id} of {Parent}";
}

/// <summary>The requests of OTLP, by the field numbers of opentelemetry-proto.</summary>
internal static class Otlp
{
    private const int StatusError = 2;

    /// <summary>An ExportTraceServiceRequest.</summary>
    public static List<ExportedSpan> Spans(ReadOnlySpan<byte> request)
    {
        List<ExportedSpan> spans = [];
        var resources = new ProtoReader(request);
        while (resources.Read())
        {
            var instance = "";
            var resource = new ProtoReader(resources.Bytes);
            while (resource.Read())
            {
                if (resource.Field == 1)
                    instance = TextAttribute(resource.Bytes, attributes: 1, "service.instance.id");
                else if (resource.Field == 2)
                    ReadScope(resource.Bytes, instance, spans);
            }
        }

        return spans;
    }

    /// <summary>How many values each histogram of an ExportMetricsServiceRequest has counted.</summary>
    public static Dictionary<string, ulong> Counts(ReadOnlySpan<byte> request)
    {
        Dictionary<string, ulong> counts = [];
        var resources = new ProtoReader(request);
        while (resources.Read())
        {
            var resource = new ProtoReader(resources.Bytes);
            while (resource.Read())
            {
                if (resource.Field != 2)
                    continue;
                var scope = new ProtoReader(resource.Bytes);
                while (scope.Read())
                {
                    if (scope.Field == 2)
                        ReadMetric(scope.Bytes, counts);
                }
            }
        }

        return counts;
    }

    private static void ReadScope(ReadOnlySpan<byte> scopeSpans, string instance, List<ExportedSpan> spans)
    {
        var source = "";
        var reader = new ProtoReader(scopeSpans);
        while (reader.Read())
        {
            if (reader.Field == 1)
                source = TextField(reader.Bytes, field: 1);
            else if (reader.Field == 2)
                spans.Add(ReadSpan(reader.Bytes, instance, source));
        }
    }

    private static ExportedSpan ReadSpan(ReadOnlySpan<byte> span, string instance, string source)
    {
        var (trace, id, parent, name, kind, isError) = ("", "", "", "", ActivityKind.Internal, false);
        var reader = new ProtoReader(span);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 1:
                    trace = reader.Hex;
                    break;
                case 2:
                    id = reader.Hex;
                    break;
                case 4:
                    parent = reader.Hex;
                    break;
                case 5:
                    name = reader.Text;
                    break;
                case 6:
                    // OTLP counts from 1, in the same order.
                    kind = (ActivityKind)(reader.Number - 1);
                    break;
                case 15:
                    isError = NumberField(reader.Bytes, field: 3) == StatusError;
                    break;
                default:
                    break;
            }
        }

        return new ExportedSpan(instance, source, trace, id, parent, name, kind, isError);
    }

    private static void ReadMetric(ReadOnlySpan<byte> metric, Dictionary<string, ulong> counts)
    {
        var name = "";
        var reader = new ProtoReader(metric);
        while (reader.Read())
        {
            if (reader.Field == 1)
                name = reader.Text;
            if (reader.Field != 9)
                continue;
            var histogram = new ProtoReader(reader.Bytes);
            while (histogram.Read())
            {
                if (histogram.Field == 1)
                    counts[name] = counts.GetValueOrDefault(name) + NumberField(histogram.Bytes, field: 4);
            }
        }
    }

    private static string TextAttribute(ReadOnlySpan<byte> message, int attributes, string key)
    {
        var reader = new ProtoReader(message);
        while (reader.Read())
        {
            if (reader.Field == attributes && TextField(reader.Bytes, field: 1) == key)
                return TextField(FieldOf(reader.Bytes, field: 2), field: 1);
        }

        return "";
    }

    private static string TextField(ReadOnlySpan<byte> message, int field) => System.Text.Encoding.UTF8.GetString(FieldOf(message, field));

    private static ReadOnlySpan<byte> FieldOf(ReadOnlySpan<byte> message, int field)
    {
        var reader = new ProtoReader(message);
        while (reader.Read())
        {
            if (reader.Field == field)
                return reader.Bytes;
        }

        return default;
    }

    private static ulong NumberField(ReadOnlySpan<byte> message, int field)
    {
        var reader = new ProtoReader(message);
        while (reader.Read())
        {
            if (reader.Field == field)
                return reader.Number;
        }

        return 0;
    }
}
