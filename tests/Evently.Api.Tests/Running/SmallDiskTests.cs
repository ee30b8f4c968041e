using System.Diagnostics;

namespace Evently.Api.Tests.Running;

/// <summary>A real file system that fills up under load and is freed again. EVENTLY_FILLS sets how often; the usual run makes two.</summary>
public sealed class SmallDiskTests
{
    private const int DiskMegabytes = 48;
    private const int Buyers = 8;
    private static readonly TimeSpan Full = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Back = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_disk_that_fills_up_under_a_sale_and_is_freed_again_loses_nothing_and_no_message_dies()
    {
        Assert.SkipUnless(CanMount(), "A file system of its own needs Linux and user namespaces (unshare -Urm), which this machine does not allow.");
        await using var host = await EventlyHost.StartOnSmallDiskAsync(DiskMegabytes);
        var show = await host.World.ShowAsync(CrashStorm.Plan);
        var storm = new CrashStorm([show], await host.World.BuyersAsync(Buyers), seed: 7);
        var running = storm.RunAsync();
        for (var fill = 1; fill <= Soak.Setting("EVENTLY_FILLS", 2); fill++)
        {
            var filler = Path.Combine(host.SeenDataDirectory, "filler");
            await FillAsync(filler);
            await Eventually.HoldsAsync(async () => Assert.Equal(503, (await ReadyAsync(host)).Status), Back);
            await Task.Delay(Full, TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.Equal(503, (await ReadyAsync(host)).Status);

            File.Delete(filler);
            await Eventually.HoldsAsync(async () => Assert.Equal(200, (await ReadyAsync(host)).Status), Back);
            await CrashAftermath.AnsweredStaysBookedAsync(storm);
        }

        storm.Calm();
        await running;
        Assert.True(storm.Confirmed > 0, "The storm booked nothing.");
        await CrashAftermath.SettlesAsync(host.World, show);
        await CrashAftermath.AnsweredStaysBookedAsync(storm);
        TestContext.Current.SendDiagnosticMessage($"{storm.Confirmed} answered bookings. {storm.Answers}");
        Assert.DoesNotContain("is a dead letter now", host.Log, StringComparison.Ordinal);
    }

    private static Task<Answer> ReadyAsync(EventlyHost host) => host.World.Anonymous.GetAsync("/health/ready");

    /// <summary>To the last byte, also of what the process frees meanwhile.</summary>
    private static async Task FillAsync(string path)
    {
        var block = new byte[64 * 1024];
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        foreach (var size in (int[])[block.Length, 4096])
        {
            try
            {
                while (true)
                    await file.WriteAsync(block.AsMemory(0, size), TestContext.Current.CancellationToken);
            }
            catch (IOException)
            {
                // No space left on device.
            }
        }
    }

    private static bool CanMount()
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            using var probe = Process.Start(new ProcessStartInfo("unshare", ["-Urm", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]) { RedirectStandardError = true })!;
            probe.WaitForExit();
            return probe.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
