@testable import Inventory
import Testing

@Suite("A file of packages") struct PackageFileTests {
    @Test(arguments: Sample.all)
    func `tells what it has`(sample: Sample) throws {
        let findings = try sample.read()
        #expect(findings.packages.map(\.purl.description) == sample.purls)
        #expect(findings.notes == [])
        for package in findings.packages {
            #expect(package.sourcePath == sample.path)
            #expect(!package.name.isEmpty)
        }
    }

    @Test func `is of a kind that a sample shows`() {
        #expect(Set(Sample.all.compactMap { PackageFile(path: $0.path) }) == Set(PackageFile.allCases))
    }

    @Test(arguments: [
        "", "/", "etc/passwd", "var/lib/dpkg/status-old", "srv/var/lib/dpkg/status",
        "var/lib/dpkg/status.d/base.md5sums", "app/package.json", "app/node_modules/package.json",
        "app/node_modules/@scope/package.json", "app/node_modules/x/lib/package.json",
        "app/node_modules/x/yarn.lock", "usr/lib/ruby/gems/3.1.0/gems/rbs-2.1.0/Gemfile.lock",
        "venv/site-packages/x/requirements.txt", "app/node_modules/x/app.deps.json", "app/METADATA",
        "app/PKG-INFO", "app/installed.json", "app/x.gemspec", "app/go.mod.bak", "app/Cargo.lock/x",
    ])
    func `has its place`(path: String) { #expect(PackageFile(path: path) == nil) }

    /// Truncated files are common: a disk was full, a download ended.
    @Test(arguments: Sample.all)
    func `may end anywhere`(sample: Sample) throws {
        let bytes = Array(sample.text.utf8)
        for count in 0..<bytes.count {
            let findings = try sample.read(Array(bytes.prefix(count)))
            #expect(findings.packages.count <= sample.purls.count + 1)
        }
    }

    @Test(arguments: Sample.all)
    func `may be damaged anywhere`(sample: Sample) throws {
        var random = SplitMix(seed: 1)
        let bytes = Array(sample.text.utf8)
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] = UInt8(truncatingIfNeeded: random.next())
            for package in try sample.read(damaged).packages {
                #expect(!package.name.isEmpty)
                #expect(package.purl.description.utf8.allSatisfy { (0x21...0x7E).contains($0) })
            }
        }
    }

    @Test(arguments: [
        ("app/package-lock.json", "{}"), ("app/Pipfile.lock", "[]"), ("app/Pipfile.lock", "{}"),
        ("app/composer.lock", "{}"), ("app/packages.lock.json", "{}"), ("app/x.deps.json", "{}"),
        ("app/Package.resolved", "{}"), ("app/go.mod", "go 1.21"), ("app/go.sum", "a b"),
        ("app/package-lock.json", "{"), ("lib/apk/db/installed", "P:a\n\n"),
        ("var/lib/dpkg/status", "Package: a\n"), ("x.dist-info/METADATA", "Name: a\n"),
        ("app/Cargo.lock", "[[package]]\nname = \"a\"\n"), ("app/uv.lock", "[[package]]\nname = \"a\"\n"),
        ("specifications/a.gemspec", "s.name = \"a\""), ("app/pubspec.lock", "packages:\n  a:\n    x: y"),
        ("app/mix.lock", "\"a\": {:hex, :a, 1}"), ("app/yarn.lock", "a@1:\n  resolved \"x\""),
        ("app/pnpm-lock.yaml", "packages:\n  a:\n"), ("app/Gemfile.lock", "GEM\n  specs:\n    a"),
        ("app/composer.lock", "[1]"), ("app/Package.resolved", #"{"pins": [1]}"#),
        ("app/x.deps.json", #"{"libraries": {"a": {"type": "package"}}}"#),
    ])
    func `is noted where it says too little`(path: String, text: String) throws {
        let findings = try Sample(path, [], text).read()
        #expect(findings.packages == [])
        if text != "[]" {
            let note = try #require(findings.notes.first)
            #expect(note.hasPrefix("`\(path)`: "))
            #expect(findings.notes.count == 1)
        }
    }

    @Test func `is noted once for many lines of one kind`() throws {
        let text = String(repeating: "no field\n", count: 1000)
        #expect(try Sample("lib/apk/db/installed", [], text).read().notes.count == 1)
    }
}

/// The same numbers in every run.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
