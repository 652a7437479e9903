import Foundation
import OCI
import Testing

@testable import Builder
@testable import Commands

@Suite("Progress for programs") struct JSONProgressTests {
    private func shown() -> Shown<JSONProgress> {
        Shown(renderer: JSONProgress(start: Date(timeIntervalSince1970: 1_769_860_800)))
    }

    private func object(_ line: String) throws -> NSDictionary {
        try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? NSDictionary)
    }

    @Test func `is an object a line, with keys that stay`() throws {
        var shown = shown()
        let step = try ProgressEvents.step(2)
        #expect(
            shown.lines(.began(step), 1.5) == [
                """
                {"count":5,"event":"began","line":2,"number":2,"position":2,"positions":3,"stage":"builder",\
                "text":"RUN make","time":"2026-01-31T12:00:01.500Z"}
                """
            ])
        let ended = try #require(shown.lines(.ended(step, .cached(try ProgressEvents.layer())), 2).first)
        let object = try object(ended)
        #expect(object["event"] as? String == "ended")
        #expect(object["outcome"] as? String == "cached")
        #expect(object["cached"] as? Bool == true)
        #expect(object["entries"] as? Int == 4)
        #expect(object["size"] as? Int == 5)
        #expect(object["digest"] as? String == "sha256:" + String(repeating: "a", count: 64))
    }

    @Test func `has a line for each line of output, in characters that are whole`() throws {
        var shown = shown()
        let step = try ProgressEvents.step(1)
        _ = shown.lines(.began(step), 0)
        let bytes = Array("ü \"quoted\"\u{1B}[0m\nrest".utf8)
        #expect(shown.lines(.output(step, Array(bytes[..<1])), 1).isEmpty)
        let lines = shown.lines(.output(step, Array(bytes[1...])), 1)
        #expect(try lines.map { try object($0)["output"] as? String } == ["ü \"quoted\"\u{1B}[0m"])
        let end = try shown.lines(.ended(step, .failed), 2).map(object)
        #expect(end.map { $0["event"] as? String } == ["output", "ended"])
        #expect(end.map { $0["output"] as? String } == ["rest", nil])
        #expect(end.map { $0["outcome"] as? String } == [nil, "failed"])
    }

    @Test func `tells of images, warnings, notes and reasons`() throws {
        var shown = shown()
        let step = try ProgressEvents.step(1)
        let digest = try ProgressEvents.layer().layer.descriptor.digest
        let base = UsedBase(
            reference: try ImageReference("alpine:3"), digest: digest, isRuntime: true, line: 1,
            instruction: "FROM")
        let objects = try shown.lines([
            (.resolving(reference: "alpine:3"), 0), (.resolved(base: base), 0),
            (try ProgressEvents.warning(), 0),
            (.note("a note"), 0), (.began(step), 0), (.missed(step, reason: "the base"), 0),
            (.finished(manifest: try ProgressEvents.layer().layer.descriptor), 0),
        ]).map(object)
        #expect(
            objects.map { $0["event"] as? String } == [
                "resolving", "resolved", "warning", "note", "began", "missed", "finished",
            ])
        #expect(objects[0]["text"] as? String == "alpine:3")
        #expect(objects[1]["digest"] as? String == digest.description)
        #expect(objects[2]["rule"] as? String == "StageNameCasing")
        #expect(objects[2]["line"] as? Int == 3)
        #expect(objects[3]["text"] as? String == "a note")
        #expect(objects[5]["reason"] as? String == "the base")
        #expect(objects[6]["digest"] as? String == digest.description)
    }

    @Test func `ends with the reason of a failure`() throws {
        var shown = shown()
        let step = try ProgressEvents.step(2)
        _ = shown.lines([(.began(step), 0), (.ended(step, .failed), 1)])
        shown.model.failed("exit code 1", at: 2)
        let object = try object(try #require(shown.end(1).first))
        #expect(object["event"] as? String == "failed")
        #expect(object["reason"] as? String == "exit code 1")
        #expect(object["number"] as? Int == 2)
    }

    @Test func `names the platform where there are several`() throws {
        var shown = shown()
        let platform = Platform(os: "linux", architecture: "arm64")
        let line = try #require(shown.lines(.began(try ProgressEvents.step(3)), 0, of: platform).first)
        #expect(try object(line)["platform"] as? String == "linux/arm64")
        #expect(try object(line)["number"] as? Int == 3)
    }
}
