import Blobs
import Foundation
import OCI
import TestSupport
import Testing

@testable import Builder

@Suite("The build cache", .temporaryDirectory) struct BuildCacheTests {
    /// A workshop in which two builds were made, the second one later.
    private func workshop() async throws -> (Workshop, BuildCache, first: BuiltImage, second: BuiltImage) {
        let workshop = try Workshop()
        try workshop.prepare("head -c 100000 /dev/urandom > a; head -c 100000 /dev/urandom > b")
        let first = try await workshop.build("FROM scratch\nCOPY a /\n")
        let second = try await workshop.build("FROM scratch\nCOPY b /\n")
        let cache = BuildCache(directory: workshop.cache, store: workshop.store)
        return (workshop, cache, first, second)
    }

    @Test func `lists what it holds, the least recently used first`() async throws {
        let (workshop, cache, first, _) = try await workshop()
        let digest = try #require(first.layers.first?.descriptor.digest)
        #expect(try cache.items().filter { $0.kind == .blob }.count == 6)
        #expect(try cache.items().contains { $0.kind == .record && $0.name.hasPrefix("indexes/") })
        // What is used again is the last to go.
        try await workshop.build("FROM scratch\nCOPY a /\n")
        let blobs = try cache.items().filter { $0.kind == .blob && $0.size > 50_000 }.map(\.name)
        #expect(blobs.count == 2 && blobs.last == digest.description)
    }

    @Test func `is cut down to its bound, and what was used last stays`() async throws {
        let (workshop, cache, first, second) = try await workshop()
        let removed = try cache.prune(to: .init(size: 150_000))
        #expect(removed.contains { $0.name == first.layers[0].descriptor.digest.description })
        #expect(try cache.items().reduce(0) { $0 + $1.size } <= 150_000)
        #expect(try workshop.store.size(of: second.layers[0].descriptor.digest) != nil)
        // What is gone is made again, the same.
        _ = workshop.events.takeCached()
        #expect(try await workshop.build("FROM scratch\nCOPY a /\n").manifest == first.manifest)
        #expect(workshop.events.takeCached() == [false])
    }

    @Test func `keeps what a running build uses`() async throws {
        let workshop = try Workshop()
        try workshop.prepare("echo 1 > a; echo 2 > b")
        try await workshop.build("FROM scratch\nCOPY a /\n")
        let cache = BuildCache(directory: workshop.cache, store: workshop.store)
        let use = try BuildUse(in: workshop.cache)
        let image = try await workshop.build("FROM scratch\nCOPY b /\n")
        try cache.prune(to: .init(size: 0))
        #expect(try workshop.store.size(of: image.layers[0].descriptor.digest) != nil)
        #expect(try cache.items().allSatisfy(\.isInUse))
        withExtendedLifetime(use) {}
    }

    @Test func `forgets a build that was killed`() async throws {
        let (_, cache, _, _) = try await workshop()
        let users = "\(cache.directory)/users"
        try FileManager.default.createDirectory(atPath: users, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: "\(users)/dead"))
        try cache.prune(to: .init(size: 0))
        #expect(try cache.items() == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: users) == [])
    }

    @Test func `lets the first build alone sweep`() throws {
        let directory = try TemporaryDirectory.required.path
        var sweeps = 0
        var first: BuildUse? = try BuildUse(in: directory) { sweeps += 1 }
        let second = try BuildUse(in: directory) { sweeps += 1 }
        #expect(sweeps == 1)
        withExtendedLifetime((first, second)) {}
        first = nil
        let third = try BuildUse(in: directory) { sweeps += 1 }
        #expect(sweeps == 1, "the second still runs")
        withExtendedLifetime((second, third)) {}
    }

    @Test func `is not looked through again and again`() async throws {
        let (_, cache, _, _) = try await workshop()
        try await cache.trim(to: 1 << 40)
        try await cache.trim(to: 0)
        #expect(try cache.items().count > 6, "somebody looked just now")
        try await cache.trim(to: 0, pause: 0)
        #expect(try cache.items() == [])
    }

    @Test func `is pruned by kind and age`() async throws {
        let (_, cache, _, _) = try await workshop()
        var bounds = BuildCache.Bounds()
        bounds.kinds = [.record]
        let removed = try cache.prune(to: bounds)
        #expect(!removed.isEmpty && removed.allSatisfy { $0.kind == .record })
        var old = BuildCache.Bounds()
        old.unusedSince = 0
        #expect(try cache.prune(to: old) == [])
        #expect(try cache.items().count == 6)
    }
}
