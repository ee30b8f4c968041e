using CsCheck;
using Evently.Booking.Catalog;
using Evently.Booking.Tests.Ledger;
using Evently.Events.Contracts;
using Evently.Shared.Storage;
using Evently.Venues.Contracts;

namespace Evently.Booking.Tests.Catalog;

public sealed class EventTermsTests
{
    private static readonly EventCreated Created = BookingWorld.Created("event-01K0000000000000000000000A", [new SeatRun("", "A", 1, 3, "regular")]);

    [Fact]
    public void Messages_in_any_order_and_number_give_the_same_terms() =>
        (from revisions in Gen.Int[2, 6].Array[0, 8]
         from cancels in Gen.Bool
         from seed in Gen.Int[0, 1_000]
         select (revisions, cancels, seed)).Sample(sample =>
         {
             var steps = new List<Func<EventTerms, EventTerms>> { terms => terms.Apply(Created), terms => terms.Apply(Created) };
             steps.AddRange(sample.revisions.Select<int, Func<EventTerms, EventTerms>>(revision => terms => terms.Apply(Changed(revision))));
             if (sample.cancels)
                 steps.Add(terms => terms.Cancel());
             var order = new Random(sample.seed);
             var result = steps.OrderBy(_ => order.Next()).Aggregate(new EventTerms(), (terms, step) => step(terms));

             var last = sample.revisions.Append(1).Max();
             Assert.Equal((last, last == 1 ? Created.Name : Changed(last).Name, sample.cancels), (result.Revision, result.Name, result.IsCancelled));
             Assert.Equal(last == 1 ? null : Changed(last).SalesOpenAt, result.SalesOpenAt);
             Assert.Equal(Created.MaxSeatsPerBooking, result.Fixed?.MaxSeatsPerBooking);
         });

    [Fact]
    public void Terms_are_read_back_as_they_were_saved()
    {
        var terms = new EventTerms().Apply(Created).Apply(Changed(2)).Cancel();
        var write = Assert.IsType<Write.PutWrite>(terms.Save(new(1)));
        var read = EventTerms.Read(new Item(write.Key, write.Attributes));
        Assert.Equal(terms with { Version = 1, Fixed = null }, read with { Fixed = null });
        Assert.Equal(terms.Fixed!.Prices, read.Fixed!.Prices);
        Assert.Equal(terms.Fixed with { Prices = read.Fixed.Prices }, read.Fixed);
    }

    private static EventChanged Changed(int revision) => new(
        Created.EventId, revision, $"Name {revision}", Created.StartTime, 90, [], [], BookingWorld.Start.AddHours(revision));
}
