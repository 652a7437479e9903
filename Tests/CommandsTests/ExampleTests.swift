import Foundation
import TaskFile
import Testing

@Suite("An example in tasks/") struct ExampleTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "tasks")

    private static func task(_ name: String) throws -> TaskDefinition {
        let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        return try TaskDefinition(parsing: text, file: name)
    }

    @Test func `is a task file, whichever it is`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(names.count >= 2)
        for name in names {
            let task = try Self.task(name)
            #expect(name == "\(task.name ?? "").yaml")
            #expect(task.steps.map(\.kind) == ["build", "push"])
        }
    }

    @Test func `does what its comments say`() throws {
        let hello = try Self.task("hello.yaml")
        #expect(hello.commitTrigger == CommitTrigger(isEnabled: true, interval: 1))
        #expect(hello.baseImageTrigger == BaseImageTrigger(isEnabled: true, scope: .runtime))
        guard case .build(let build) = hello.steps.first?.action else {
            Issue.record("the first step is no build")
            return
        }
        #expect(build.tags == ["registry.example/hello:r1", "registry.example/hello:latest"])
        #expect(build.buildArguments == ["REGISTRY": "registry.example"] && build.context == ".")
        let baseOnly = try Self.task("base-only.yaml")
        #expect(!baseOnly.commitTrigger.isEnabled && baseOnly.baseImageTrigger.isEnabled)
    }
}
