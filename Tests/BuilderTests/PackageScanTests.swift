import Archive
import Blobs
@testable import Builder
import Foundation
import Inventory
import OCI
import TestSupport
import Testing

@Suite("A scan for packages", .temporaryDirectory) struct PackageScanTests {
    let workshop: Workshop

    init() throws { workshop = try Workshop() }

    private func contents(_ limits: PackageScan.Limits = .init()) throws -> ImageContents {
        let tree = DirectoryTree(directory: workshop.context)
        return try PackageScan(of: tree, store: workshop.store, limits: limits).contents()
    }

    private func names(_ contents: ImageContents) -> [String] {
        contents.findings.packages.map { "\($0.ecosystem.rawValue) \($0.name) \($0.version)" }
    }

    @Test func `finds nothing in an empty image`() throws { #expect(try contents() == ImageContents()) }

    @Test func `finds what each kind of file tells, in the order of the paths`() throws {
        try workshop.prepare(
            """
            mkdir -p etc var/lib/dpkg usr/share/doc/curl app/node_modules/ms usr/lib/x.dist-info
            echo 'ID=debian' > etc/os-release
            printf 'Package: curl\\nVersion: 1\\n' > var/lib/dpkg/status
            printf 'Format: x\\n\\nLicense: Expat\\n' > usr/share/doc/curl/copyright
            echo '{"name": "ms", "version": "2"}' > app/node_modules/ms/package.json
            printf 'Name: x\\nVersion: 3\\n' > usr/lib/x.dist-info/METADATA
            """)
        let found = try contents()
        #expect(names(found) == ["npm ms 2", "pypi x 3", "deb curl 1"])
        #expect(found.findings.packages.last?.license == "MIT")
        #expect(found.distribution == Distribution(id: "debian"))
        #expect(found.findings.notes == [])
    }

    @Test func `follows links to what says which distribution it is, and to licenses`() throws {
        try workshop.prepare(
            """
            mkdir -p etc usr/lib var/lib/dpkg/status.d usr/share/doc/libb
            ln -s ../usr/lib/os-release etc/os-release; printf 'ID=x\\nVERSION_ID=1\\n' > usr/lib/os-release
            printf 'Package: liba\\nVersion: 1\\n' > var/lib/dpkg/status.d/liba
            ln -s libb usr/share/doc/liba; printf 'Format: x\\n\\nLicense: ISC\\n' > usr/share/doc/libb/copyright
            """)
        let found = try contents()
        #expect(found.findings.packages.map(\.purl.description) == ["pkg:deb/x/liba@1?distro=x-1"])
        #expect(found.findings.packages.first?.license == "ISC")
    }

    @Test func `takes a circle of links for nothing`() throws {
        try workshop.prepare("mkdir etc; ln -s os-release etc/os-release; ln -s . app")
        #expect(try contents() == ImageContents())
    }

    @Test func `reads an RPM database with its log, and once`() throws {
        try workshop.prepare(
            "mkdir -p usr/lib/sysimage/rpm var/lib; ln -s ../../usr/lib/sysimage/rpm var/lib/rpm")
        let file = URL(filePath: workshop.context + "/usr/lib/sysimage/rpm/rpmdb.sqlite")
        try Data(try RPMDatabaseFixture.sqlite).write(to: file)
        try Data().write(to: URL(filePath: file.path + "-wal"))
        #expect(Set(names(try contents())) == ["rpm alpha 0:1.2-3", "rpm beta 1:1.2-3", "rpm gamma 2:1.2-3"])
        #expect(try contents().findings.packages.count == 3)
    }

    @Test func `notes a database that it cannot read`() throws {
        try workshop.prepare("mkdir -p var/lib/rpm; echo rubbish > var/lib/rpm/Packages")
        #expect(try contents().findings.notes == ["`var/lib/rpm/Packages`: the database ends early"])
    }

    @Test func `notes what is too large, and what lies too deep`() throws {
        try workshop.prepare(
            "mkdir -p a/b/c var/lib/rpm; echo 'x==1' > a/requirements.txt; echo 'y==1' > a/b/c/requirements.txt;"
                + "head -c 100 /dev/zero > var/lib/rpm/Packages.db")
        var limits = PackageScan.Limits()
        (limits.file, limits.database, limits.depth) = (4, 50, 2)
        #expect(
            try contents(limits).findings.notes == [
                "`var/lib/rpm/Packages.db`: it has 100 bytes, and was not read",
                "`a/requirements.txt`: it has 5 bytes, and was not read",
                "`a/b`: its folders lie too deep, and were not looked at",
                "`var/lib`: its folders lie too deep, and were not looked at",
            ])
    }

    @Test func `prefers what Go uses to what it has seen`() throws {
        try workshop.prepare(
            """
            mkdir a b
            printf 'module m\\nrequire x/y v1.0.0\\n' > a/go.mod; printf 'x/y v0.9.0 h1:a=\\n' > a/go.sum
            printf 'x/y v0.8.0 h1:a=\\n' > b/go.sum
            """)
        #expect(names(try contents()) == ["golang x/y v1.0.0", "golang x/y v0.8.0"])
    }

    @Test func `leaves out what a running system has`() throws {
        try workshop.prepare(
            "mkdir -p proc dev sys srv/proc; for d in proc dev sys srv/proc; do echo 'x==1' > $d/requirements.txt; done"
        )
        #expect(try contents().findings.packages.map(\.sourcePath) == ["srv/proc/requirements.txt"])
    }

    @Test func `stops when it is told to`() throws {
        let scan = PackageScan(
            of: DirectoryTree(directory: workshop.context), store: workshop.store, isCanceled: { true })
        #expect(throws: CancellationError.self) { try scan.contents() }
    }

    @Test func `sees an image as its layers make it`() throws {
        let image = try workshop.addImage(
            "base",
            layers: [
                "mkdir -p a b; echo 'x==1' > a/requirements.txt; echo 'y==1' > b/requirements.txt",
                "mkdir -p a b c; echo 'x==2' > a/requirements.txt; touch b/.wh.requirements.txt;"
                    + "echo 'z==1' > c/requirements.txt",
            ])
        let indexes = LayerIndexes(directory: workshop.cache + "/indexes", store: workshop.store)
        let tree = try LayeredTree(of: image.layers, indexes: indexes, store: workshop.store)
        let found = try PackageScan(of: tree, store: workshop.store).contents()
        #expect(names(found) == ["pypi x 2", "pypi z 1"])
        #expect(try workshop.incoming == [])
    }
}

@Suite("A Go program") struct GoProgramTests {
    /// What the linker writes, at a place that 16 divides, between other bytes.
    private static let program: [UInt8] = {
        let list = Array("0123456789abcdefdep\tx/y\tv1.0.0\n0123456789abcdef".utf8)
        let info =
            GoBuildInfo.magic + [8, 2] + [UInt8](repeating: 0, count: 16) + [6] + Array("go1.22".utf8)
            + [UInt8(list.count)] + list
        let decoy = GoBuildInfo.magic + [8, 0]
        var bytes = Array("\u{7F}ELF".utf8) + [UInt8](repeating: 1, count: 60) + decoy
        // One that does not lie where the linker puts it.
        bytes += [UInt8](repeating: 0xFF, count: 16 - bytes.count % 16 + 3) + info
        bytes += [UInt8](repeating: 0, count: 32 - bytes.count % 16) + info
        return bytes + [UInt8](repeating: 2, count: 1000)
    }()

    private func info(_ bytes: [UInt8], pieces size: Int) -> GoBuildInfo? {
        var reader = GoProgramReader()
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            if !reader.append(piece.span.bytes) { return reader.info }
        }
        reader.finish()
        return reader.info
    }

    @Test(arguments: [1, 7, 16, 1000, 1 << 20])
    func `is known in pieces of any size`(size: Int) throws {
        let known = info(Self.program, pieces: size)
        #expect(known?.goVersion == "go1.22")
        let cut = info(Array(Self.program.prefix(120)), pieces: size)
        #expect(cut == nil)
    }

    @Test func `is known long before its end`() {
        let long = Self.program + [UInt8](repeating: 0, count: 3 << 20)
        var reader = GoProgramReader()
        let wantsMore = reader.append(long.span.bytes)
        #expect(!wantsMore)
    }

    @Test(.temporaryDirectory) func `tells its modules in an image`() throws {
        let workshop = try Workshop()
        let bytes = Data(Self.program + [UInt8](repeating: 0, count: 300 << 10))
        for name in ["app", "data"] { try bytes.write(to: URL(filePath: "\(workshop.context)/\(name)")) }
        try workshop.prepare("chmod 755 app; head -c 400000 /dev/zero > script; chmod 755 script")
        let tree = DirectoryTree(directory: workshop.context)
        let found = try PackageScan(of: tree, store: workshop.store).contents().findings
        #expect(found.packages.map(\.name) == ["x/y", "stdlib"])
        #expect(found.packages.map(\.sourcePath) == ["app", "app"])
    }
}
