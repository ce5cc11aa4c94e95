import Server
import Synchronization
import Testing

@Suite("The clock that is set") struct ClockWatchTests {
    private final class Clocks: Sendable {
        let times = Mutex((wall: 1000.0, steady: 0.0))

        func pass(_ seconds: Double, set: Double = 0) {
            times.withLock { $0 = ($0.wall + seconds + set, $0.steady + seconds) }
        }
    }

    @Test(
        "Forwards or back, by hours or minutes: ages are not believed until so much time has passed",
        arguments: [7200.0, -7200, 60, -60])
    func set(by jump: Double) {
        let clocks = Clocks()
        var watch = ClockWatch(
            wall: { clocks.times.withLock { $0.wall } }, steady: { clocks.times.withLock { $0.steady } })
        func agrees() -> Bool { watch.agree(for: .seconds(3600)) }
        clocks.pass(600)
        #expect(agrees())
        clocks.pass(600, set: jump)
        #expect(!agrees())
        clocks.pass(3000)
        #expect(!agrees())
        clocks.pass(700)
        #expect(agrees())
        // What is corrected little by little is no jump.
        for _ in 0..<10 {
            clocks.pass(600, set: 10)
            #expect(agrees())
        }
    }
}
