using System.Text;
using Evently.Shared.Text;

namespace Evently.Shared.Http;

/// <summary>Collects what is wrong with a request, by field; empty means valid.</summary>
public sealed class ValidationErrors
{
    private readonly Dictionary<string, List<string>> _errors = new(StringComparer.Ordinal);

    public bool Any => _errors.Count > 0;

    public void Add(string field, string message)
    {
        if (!_errors.TryGetValue(field, out var messages))
            _errors[field] = messages = [];
        messages.Add(message);
    }

    public void Check(bool valid, string field, string message)
    {
        if (!valid)
            Add(field, message);
    }

    /// <summary>
    /// A text of bounded length (in Unicode scalars) without controls, noncharacters or lone surrogates; line breaks and tabs only where
    /// <paramref name="multiline"/>.
    /// </summary>
    public void Text(string? value, string field, int min, int max, bool multiline = false)
    {
        if (value is null)
        {
            if (min > 0)
                Add(field, "is required.");
            return;
        }

        if (!IsCleanText(value, multiline))
        {
            Add(field, "must not contain control characters or broken Unicode.");
            return;
        }

        if (ScalarCount(value.Trim()) < min)
            Add(field, min == 1 ? "must not be empty." : $"must have at least {min} characters.");
        if (ScalarCount(value) > max)
            Add(field, $"must have at most {max} characters.");
    }

    /// <summary>A <see cref="Text"/> that identifies something: it has no invisible characters.</summary>
    public void Identifier(string? value, string field, int min, int max)
    {
        Text(value, field, min, max);
        if (value is not null && !IdentifierText.IsVisible(value))
            Add(field, "must not contain invisible characters.");
    }

    public ProblemResult ToProblem() => Problems.Validation(_errors.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray(), StringComparer.Ordinal));

    /// <summary>A text's length as clients count it: an emoji is one.</summary>
    public static int ScalarCount(string value)
    {
        var count = value.Length;
        foreach (var character in value)
        {
            if (char.IsLowSurrogate(character))
                count--;
        }

        return count;
    }

    /// <summary>Any Unicode scalars but controls and noncharacters, the only ones that normalization throws at.</summary>
    public static bool IsCleanText(string value, bool multiline)
    {
        for (var i = 0; i < value.Length;)
        {
            if (Rune.DecodeFromUtf16(value.AsSpan(i), out var rune, out var consumed) != System.Buffers.OperationStatus.Done)
                return false;
            if ((rune.Value & 0xFFFE) == 0xFFFE || rune.Value is >= 0xFDD0 and <= 0xFDEF)
                return false;
            if (Rune.IsControl(rune) && !(multiline && rune.Value is '\n' or '\r' or '\t'))
                return false;
            i += consumed;
        }

        return true;
    }
}
