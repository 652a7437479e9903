import Testing

@testable import Watch

@Suite("A poll schedule") struct PollScheduleTests {
    private static func subject(
        _ name: String, lane: String? = nil, every seconds: Int = 60, for members: Set<String> = []
    ) -> PollSchedule.Subject {
        PollSchedule.Subject(name: name, lane: lane, interval: .seconds(seconds), members: members)
    }

    private static func schedule(_ subjects: PollSchedule.Subject..., slots: Int = 8) -> PollSchedule {
        var schedule = PollSchedule(slots: slots)
        schedule.watch(subjects, at: .zero)
        return schedule
    }

    @Test func `begins with what is new, and then waits for the interval`() {
        var schedule = Self.schedule(Self.subject("a"))
        #expect(schedule.nextDue == .zero)
        #expect(schedule.beginDue(at: .zero) == ["a"])
        #expect(schedule.nextDue == nil)
        #expect(schedule.beginDue(at: .seconds(100)).isEmpty)
        schedule.succeed("a", at: .seconds(100), jitter: 0)
        #expect(schedule.nextDue == .seconds(160))
        #expect(schedule.beginDue(at: .seconds(159)).isEmpty)
        #expect(schedule.beginDue(at: .seconds(160)) == ["a"])
    }

    @Test(arguments: [(-1.0, 54), (0, 60), (0.5, 63), (1, 66)])
    func `spreads looks by a tenth of the interval`(jitter: Double, due: Int) {
        var schedule = Self.schedule(Self.subject("a"))
        _ = schedule.beginDue(at: .zero)
        schedule.succeed("a", at: .zero, jitter: jitter)
        #expect(schedule.nextDue == .seconds(due))
    }

    @Test(arguments: [
        (10, [20, 40, 80, 160, 160, 160]), (60, [120, 240, 480, 600, 600]), (3600, [3600, 3600]),
    ])
    func `backs off from what fails, and comes back from that at once`(interval: Int, waits: [Int]) {
        var schedule = Self.schedule(Self.subject("a", every: interval))
        var now = Duration.zero
        for wait in waits {
            #expect(schedule.beginDue(at: now) == ["a"])
            schedule.fail("a", at: now, retryAfter: nil, jitter: 0)
            now += .seconds(wait)
            #expect(schedule.nextDue == now)
        }
        #expect(schedule.beginDue(at: now) == ["a"])
        schedule.succeed("a", at: now, jitter: 0)
        #expect(schedule.nextDue == now + .seconds(interval))
    }

    @Test(arguments: [(1000, 1000), (5, 120)])
    func `waits as long as the other side asks`(retryAfter: Int, due: Int) {
        var schedule = Self.schedule(Self.subject("a"))
        _ = schedule.beginDue(at: .zero)
        schedule.fail("a", at: .zero, retryAfter: .seconds(retryAfter), jitter: 0)
        #expect(schedule.nextDue == .seconds(due))
    }

    @Test func `has one look in a lane, and no more than its slots`() {
        var schedule = Self.schedule(
            Self.subject("a1", lane: "a"), Self.subject("a2", lane: "a"), Self.subject("b", lane: "b"),
            Self.subject("c"), Self.subject("d"), slots: 3)
        #expect(schedule.beginDue(at: .zero) == ["a1", "b", "c"])
        #expect(schedule.nextDue == nil)
        schedule.succeed("b", at: .seconds(1), jitter: 0)
        #expect(schedule.beginDue(at: .seconds(1)) == ["d"])
        schedule.succeed("d", at: .seconds(2), jitter: 0)
        #expect(schedule.beginDue(at: .seconds(2)).isEmpty)
        // What waits for its lane has no time.
        #expect(schedule.nextDue == .seconds(61))
        schedule.succeed("a1", at: .seconds(3), jitter: 0)
        #expect(schedule.beginDue(at: .seconds(3)) == ["a2"])
    }

    @Test func `begins with what waited longest`() {
        var schedule = Self.schedule(Self.subject("a", every: 20), Self.subject("b", every: 10), slots: 1)
        for name in ["a", "b"] {
            #expect(schedule.beginDue(at: .zero) == [name])
            schedule.succeed(name, at: .zero, jitter: 0)
        }
        #expect(schedule.beginDue(at: .seconds(30)) == ["b"])
    }

    @Test func `looks at once for a new member, and not for one that went`() {
        var schedule = Self.schedule(Self.subject("a", for: ["1", "2"]))
        _ = schedule.beginDue(at: .zero)
        schedule.succeed("a", at: .zero, jitter: 0)
        schedule.watch([Self.subject("a", for: ["1"])], at: .seconds(1))
        #expect(schedule.nextDue == .seconds(60))
        schedule.watch([Self.subject("a", for: ["1", "3"])], at: .seconds(2))
        #expect(schedule.nextDue == .seconds(2))
    }

    @Test func `looks again when somebody asks in the middle of a look`() {
        var schedule = Self.schedule(Self.subject("a"))
        _ = schedule.beginDue(at: .zero)
        schedule.want("a", at: .seconds(1))
        #expect(schedule.beginDue(at: .seconds(1)).isEmpty)
        schedule.succeed("a", at: .seconds(2), jitter: 0)
        #expect(schedule.beginDue(at: .seconds(2)) == ["a"])
        schedule.succeed("a", at: .seconds(3), jitter: 0)
        #expect(schedule.nextDue == .seconds(63))
    }

    @Test func `goes by a shorter interval at once`() {
        var schedule = Self.schedule(Self.subject("a", every: 3600))
        _ = schedule.beginDue(at: .zero)
        schedule.succeed("a", at: .zero, jitter: 0)
        schedule.watch([Self.subject("a", every: 10)], at: .seconds(5))
        #expect(schedule.nextDue == .seconds(15))
    }

    @Test func `forgets what is watched no longer, when its look has ended`() {
        var schedule = Self.schedule(Self.subject("a", lane: "x"), Self.subject("b", lane: "y"))
        #expect(schedule.beginDue(at: .zero) == ["a", "b"])
        schedule.watch([Self.subject("c", lane: "x")], at: .seconds(1))
        #expect(schedule.beginDue(at: .seconds(1)).isEmpty)
        schedule.succeed("a", at: .seconds(2), jitter: 0)
        #expect(schedule.beginDue(at: .seconds(2)) == ["c"])
        schedule.fail("b", at: .seconds(3), retryAfter: nil, jitter: 0)
        schedule.succeed("c", at: .seconds(3), jitter: 0)
        #expect(schedule.beginDue(at: .seconds(10_000)) == ["c"])
    }

    @Test func `knows nothing of a name that it was not given`() {
        var schedule = Self.schedule()
        schedule.want("a", at: .zero)
        schedule.succeed("a", at: .zero, jitter: 0)
        #expect(schedule.nextDue == nil)
    }
}
