import Foundation
import TestSupport
import Testing

@testable import Daemon

@Suite("A data directory", .temporaryDirectory) struct DataDirectoryTests {
    @Test func `is made with its folders, for its owner alone`() throws {
        let path = try TemporaryDirectory.required.path("a/b/data")
        let data = try DataDirectory(path: path)
        let names = try FileManager.default.contentsOfDirectory(atPath: data.path).sorted()
        #expect(names == ["blobs", "cache", "git", "lock", "logs"])
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
    }

    @Test func `is held by one daemon at a time`() throws {
        let path = try TemporaryDirectory.required.path("data")
        do {
            let data = try DataDirectory(path: path)
            #expect(throws: DataDirectoryError.inUse(path: data.path)) { _ = try DataDirectory(path: path) }
        }
        // Let go of, it can be held again, with all that is in it.
        #expect(try DataDirectory(path: path).path == path)
    }

    @Test func `is told when something else is in its place`() throws {
        let path = try TemporaryDirectory.required.write("", to: "file")
        #expect(throws: DataDirectoryError.unusable(path: "\(path)/data", reason: "Not a directory")) {
            _ = try DataDirectory(path: "\(path)/data")
        }
    }
}

@Suite("The probe of an address") struct ListenProbeTests {
    @Test(arguments: ["127.0.0.1", "::1", "localhost"])
    func `finds a free port where any will do`(host: String) throws {
        let address = try ListenProbe.resolve(.init(host: host, port: 0))
        #expect(address.host == host && address.port > 0)
    }

    @Test func `takes the port that it is told`() throws {
        let free = try ListenProbe.resolve(.init(host: "127.0.0.1", port: 0))
        #expect(try ListenProbe.resolve(free) == free)
    }

    @Test func `says what is wrong with an address`() {
        let error = #expect(throws: ListenError.self) {
            try ListenProbe.resolve(.init(host: "192.0.2.1", port: 0))
        }
        #expect(error?.description == "could not listen at 192.0.2.1:0: Cannot assign requested address")
    }
}
