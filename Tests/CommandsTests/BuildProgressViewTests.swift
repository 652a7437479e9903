import Dockerfile
import Testing

@testable import Builder
@testable import Commands

@Suite("A view of a build") struct BuildProgressViewTests {
    @Test(
        arguments: [
            (.auto, false, true, .tty), (.auto, false, false, .plain), (.auto, true, true, .quiet),
            (.plain, false, true, .plain), (.tty, false, false, .tty), (.rawjson, false, true, .json),
            (.json, false, false, .json), (.json, true, false, .quiet), (.quiet, false, true, .quiet),
        ] as [(ProgressForm, Bool, Bool, ProgressForm)])
    func `has the form that is asked for, or that fits`(
        form: ProgressForm, isQuiet: Bool, canDraw: Bool, expected: ProgressForm
    ) {
        #expect(form.settled(isQuiet: isQuiet, canDraw: canDraw) == expected)
    }

    private func failed(_ renderer: any ProgressRenderer) throws -> (BuildProgressView, said: [String]) {
        let captured = Captured()
        let view = BuildProgressView(renderer, say: captured.surroundings().say)
        let step = try ProgressEvents.step(2)
        view.show(.began(step))
        view.show(ProgressEvents.output(step, "one\ntwo"))
        view.show(.ended(step, .failed))
        view.finish(DockerfileError(step.range, "the command failed with exit code 1"))
        // What comes too late is not shown, and the end only once.
        view.show(.began(try ProgressEvents.step(3)))
        view.finish(CancellationError())
        return (view, captured.said)
    }

    @Test func `tells in plain form what failed, and its output once`() throws {
        let (view, said) = try failed(PlainProgress())
        #expect(said.last == "#2 ERROR: the command failed with exit code 1")
        #expect(said.filter { $0.hasSuffix(" two") }.count == 1)
        #expect(view.failureOutput.isEmpty)
    }

    @Test func `has the output of what failed where it was not shown`() throws {
        let (view, said) = try failed(QuietProgress())
        #expect(said.isEmpty)
        #expect(view.failureOutput == ["one", "two"])
    }

    @Test func `stops moving when it is finished`() async throws {
        let captured = Captured()
        let view = BuildProgressView(
            TerminalProgress(screen: { .init(terminal: .interactive(width: 40), height: 24) }),
            say: captured.surroundings().say)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await view.animate() }
            if let step = try? ProgressEvents.step(1) { view.show(.began(step)) }
            view.finish()
            let drawn = captured.said
            #expect(drawn.last?.contains("[+] Building ") == true)
            view.announce("verifying")
            group.cancelAll()
            await group.waitForAll()
            #expect(captured.said == drawn + ["verifying"])
        }
    }

    @Test func `is quiet about a build that was canceled before it began`() {
        let captured = Captured()
        let view = BuildProgressView(.auto, isQuiet: false, captured.surroundings())
        view.finish(CancellationError())
        #expect(captured.said.isEmpty)
    }
}
