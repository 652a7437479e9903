import ControlAPI
import Foundation
import Terminal
import Testing

@testable import Commands

@Suite("A rendered value") struct RenderedTests {
    @Test func `is a table of runs for people`() throws {
        let list = RunList(runs: [RunDetail.sample(state: "succeeded").run])
        let text = try Output.render(list, as: .table, on: .interactive(width: 120))
        let lines = text.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("RUN  TASK  STATE      CAUSE      COMMIT      BRANCH  CREATED"))
        #expect(lines[1].hasPrefix("r1   app   succeeded  baseImage  0123456789  main    1m ago"))
    }

    @Test func `is the record itself as JSON`() throws {
        let list = RunList(runs: [RunDetail.sample(state: "failed").run], next: "r1")
        let text = try Output.render(list, as: .json, on: .interactive(width: 20, hasColor: true))
        #expect(try JSONDecoder().decode(RunList.self, from: Data(text.utf8)) == list)
        #expect(!text.contains("\\/") && !text.contains("\u{1B}"))
    }

    @Test func `that says why names the base image, both digests, and the place`() throws {
        let why = WhyRecord(subject: "r1", detail: .sample(state: "succeeded"))
        let text = try Output.render(why, as: .table, on: .plain)
        #expect(
            text.contains(
                "because    base image base/busybox:1 moved from digest sha256:aa to digest sha256:bb, found in "
                    + "`FROM` of Dockerfile line 3\n"))
        #expect(text.hasPrefix("run        r1, task app (version 2), succeeded\n"))
        #expect(text.contains("published  127.0.0.1:5000/app:1@sha256:cc\n"))
    }

    @Test func `that is a task shows its file without what would steer a terminal`() throws {
        var task = TaskRecord(
            name: "app", version: 3, description: nil, source: "https://host/a.git#main",
            triggers: ["commit"],
            origin: "/srv/tasks", file: "app.yaml", updated: "2026-01-31T11:59:00Z")
        task.text = "steps:\n- build: .\u{1B}[2J\n"
        let lines = task.lines(on: .plain)
        #expect(lines.contains("origin    kept equal to /srv/tasks"))
        #expect(lines.suffix(3) == ["", "  steps:", "  - build: .\u{FFFD}[2J"])
    }

    @Test func `that is an image shows its layers`() throws {
        var image = ImageDetail(
            reference: "127.0.0.1:5000/app:1", digest: "sha256:cc", mediaType: "m", platform: "linux/amd64",
            size: 1_234_567)
        image.entrypoint = ["/bin/sh", "-c", "echo \"hi\""]
        image.labels = ["b": "2", "a": "1"]
        image.layers = [.init(digest: "sha256:dd", mediaType: "l", size: 1000, createdBy: "COPY . /")]
        let text = try Output.render(image, as: .table, on: .plain)
        #expect(text.contains(#"entrypoint  ["/bin/sh", "-c", "echo \"hi\""]"#))
        #expect(text.contains("labels      a=1\n            b=2\n"))
        #expect(text.hasSuffix("LAYER        SIZE  MADE BY\nsha256:dd  1.0 kB  COPY . /\n"))
    }

    @Test func `that lists images shortens digests for people alone`() {
        let digest = "sha256:" + String(repeating: "a", count: 64)
        let list = ImageList(images: [
            ImageRecord(
                repository: "app", tag: "1", digest: digest, size: 5, pushed: "2026-01-31T11:00:00Z",
                run: "r1")
        ])
        #expect(list.lines(on: .plain)[1].contains(digest))
        #expect(!list.lines(on: .interactive(width: 200))[1].contains(digest))
        #expect(list.lines(on: .interactive(width: 200))[1].contains("sha256:aaaaaaaaaaaa "))
    }

    @Test func `that lists tasks names a fault`() {
        var task = TaskRecord(
            name: "app", version: 1, description: nil, source: nil, triggers: [], origin: "api",
            file: "a.yaml", updated: "2026-01-31T11:00:00Z")
        task.fault = "no branch named `main`"
        let lines = TaskList(tasks: [task]).lines(on: .plain)
        #expect(lines[1].hasSuffix("no branch named `main`"))
    }

    @Test(arguments: [
        "queued", "running", "succeeded", "failed", "canceled", "timedOut", "errored", "skipped",
    ])
    func `says every state as a sentence's end`(state: String) {
        #expect(!RunState.claim(state).contains("timedOut"))
        #expect(RunState.cell(state).style != nil)
    }
}
