using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using MassTransit.Serialization;

namespace Evently.Architecture.Tests;

/// <summary>
/// Whatever is stored or sent as JSON reads back what it wrote, for the default, the smallest and the largest value of every member. The records are
/// found by reflection, so that none is left out.
/// </summary>
public sealed class StoredRecordTests
{
    /// <summary>What only travels over HTTP: read by the framework's own options, and never stored.</summary>
    private static readonly string[] OverHttp = ["Request", "Response", "Problem", "Document", "Row", "Entry", "Export", "Discrepancy", "UnavailableSeat", "EventSeat", "Analytics"];

    private static readonly string[] Assemblies =
        ["Evently.Shared", "Evently.Venues", "Evently.Events", "Evently.Booking", "Evently.Users", "Evently.Analytics", "Evently.Mail"];

    public static TheoryData<string, string> Stored
    {
        get
        {
            var found = new TheoryData<string, string>();
            foreach (var (context, type) in StoredTypes())
                found.Add(context.FullName!, type.FullName!);
            return found;
        }
    }

    public static TheoryData<string> Sent => [.. Contracts().Select(type => type.FullName!)];

    [Fact]
    public void Records_are_found()
    {
        Assert.InRange(StoredTypes().Count(), 8, 200);
        Assert.Contains(StoredTypes(), found => found.Type.Name == "BookingSaga");
        Assert.InRange(Contracts().Count(), 12, 200);
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public void A_stored_record_reads_back_what_it_wrote(string context, string type)
    {
        var (contextType, record) = StoredTypes().Single(found => found.Context.FullName == context && found.Type.FullName == type);
        var options = ((JsonSerializerContext)contextType.GetProperty("Default", BindingFlags.Static | BindingFlags.Public)!.GetValue(null)!).Options;
        RoundTrip(record, options);
    }

    [Theory]
    [MemberData(nameof(Sent))]
    public void A_sent_record_reads_back_what_it_wrote(string type) =>
        RoundTrip(Contracts().Single(found => found.FullName == type), SystemTextJsonMessageSerializer.Options);

    private static void RoundTrip(Type type, JsonSerializerOptions options)
    {
        foreach (var extreme in Enum.GetValues<Extreme>())
        {
            var written = JsonSerializer.Serialize(Make(type, extreme), type, options);
            object? read = null;
            Assert.True(Record.Exception(() => read = JsonSerializer.Deserialize(written, type, options)) is null, $"{type} does not read {written}");
            Assert.Equal(written, JsonSerializer.Serialize(read, type, options));
        }
    }

    private static IEnumerable<(Type Context, Type Type)> StoredTypes() =>
        from assembly in Assemblies
        from context in Assembly.Load(assembly).GetTypes()
        where context.IsSubclassOf(typeof(JsonSerializerContext))
        from attribute in context.GetCustomAttributesData()
        where attribute.AttributeType == typeof(JsonSerializableAttribute)
        let type = (Type)attribute.ConstructorArguments[0].Value!
        where type.Assembly.GetName().Name!.StartsWith("Evently.", StringComparison.Ordinal)
            && (type.Name == "SeatPartDocument" || !OverHttp.Any(end => type.Name.EndsWith(end, StringComparison.Ordinal)))
        select (context, type);

    private static IEnumerable<Type> Contracts() =>
        from project in Directory.GetFiles(Repository.Folder("src/Modules"), "*.Contracts.csproj", SearchOption.AllDirectories)
        from type in Assembly.Load(Path.GetFileNameWithoutExtension(project)).GetExportedTypes()
        where type is { IsClass: true, IsNested: false }
        select type;

    private enum Extreme
    {
        Default,
        Smallest,
        Largest,
    }

    private static object? Make(Type type, Extreme extreme)
    {
        var largest = extreme == Extreme.Largest;
        if (Nullable.GetUnderlyingType(type) is { } value)
            return extreme == Extreme.Default ? null : Make(value, extreme);
        if (type.IsEnum)
            return Enum.GetValues(type).GetValue(largest ? Enum.GetValues(type).Length - 1 : 0);
        if (Scalar(type, extreme) is { } scalar)
            return scalar;
        if (type.IsArray)
            return MakeArray(type.GetElementType()!, extreme);
        if (type.IsGenericType && type.GetGenericArguments() is [var key, var element] && key == typeof(string))
        {
            var dictionary = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(key, element))!;
            if (largest)
                dictionary["grö\"ße\u2028"] = Make(element, extreme);
            return dictionary;
        }

        if (type.IsGenericType && type.GetGenericArguments() is [var item])
        {
            var array = MakeArray(item, extreme);
            return type.IsInterface ? array : Activator.CreateInstance(type, array);
        }

        return MakeRecord(type, extreme);
    }

    private static Array MakeArray(Type element, Extreme extreme)
    {
        var array = Array.CreateInstance(element, extreme == Extreme.Largest ? 2 : 0);
        for (var i = 0; i < array.Length; i++)
            array.SetValue(Make(element, extreme), i);
        return array;
    }

    private static object MakeRecord(Type type, Extreme extreme)
    {
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        var constructor = type.GetConstructors(Any).Where(candidate => !IsCopy(candidate, type)).MaxBy(candidate => candidate.GetParameters().Length)!;
        var made = constructor.Invoke([.. constructor.GetParameters().Select(parameter => MakeMember(parameter.ParameterType, extreme, new NullabilityInfoContext().Create(parameter)))]);
        foreach (var property in type.GetProperties().Where(property => property.SetMethod is { IsPublic: true }))
            property.SetValue(made, MakeMember(property.PropertyType, extreme, new NullabilityInfoContext().Create(property)));
        return made;
    }

    private static object? MakeMember(Type type, Extreme extreme, NullabilityInfo nullability) =>
        extreme == Extreme.Default && !type.IsValueType && nullability.ReadState == NullabilityState.Nullable ? null : Make(type, extreme);

    private static bool IsCopy(ConstructorInfo constructor, Type type) => constructor.GetParameters() is [var only] && only.ParameterType == type;

    private static object? Scalar(Type type, Extreme extreme) => (Type.GetTypeCode(type), extreme) switch
    {
        (TypeCode.String, Extreme.Largest) => "Ünïcödé \"quoted\" \u2028 \U0001F39F " + new string('z', 200),
        (TypeCode.String, _) => "",
        (TypeCode.Boolean, _) => extreme == Extreme.Largest,
        (TypeCode.Int32, Extreme.Default) => 0,
        (TypeCode.Int32, Extreme.Smallest) => int.MinValue,
        (TypeCode.Int32, Extreme.Largest) => int.MaxValue,
        (TypeCode.Int64, Extreme.Default) => 0L,
        (TypeCode.Int64, Extreme.Smallest) => long.MinValue,
        (TypeCode.Int64, Extreme.Largest) => long.MaxValue,
        _ when type == typeof(DateTimeOffset) => extreme == Extreme.Largest ? DateTimeOffset.MaxValue : DateTimeOffset.MinValue,
        _ when type == typeof(Guid) => extreme == Extreme.Largest ? new Guid(Enumerable.Repeat(byte.MaxValue, 16).ToArray()) : Guid.Empty,
        _ when type == typeof(byte[]) => extreme == Extreme.Largest ? (byte[])[0, 127, 255] : [],
        _ => null,
    };
}
