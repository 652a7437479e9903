import Dockerfile
import Testing

@Suite("A file mode") struct FileModeTests {
    @Test(
        arguments: [
            ("0755", 0o644, 0o755), ("4711", 0o644, 0o4711), ("0", 0o644, 0), ("u+x", 0o644, 0o744),
            ("a+x", 0o600, 0o711),
            ("+x", 0o600, 0o711), ("go-rwx", 0o777, 0o700), ("u=rw,go=r", 0o777, 0o644),
            ("u=rwX,go=rX", 0o600, 0o644),
            ("u=rwX,go=rX", 0o700, 0o755), ("g=u", 0o640, 0o660), ("g=u-w", 0o640, 0o640),
            ("o=", 0o777, 0o770),
            ("u+s", 0o755, 0o4755), ("+t", 0o755, 0o1755), ("g+s,o-x", 0o755, 0o2754),
            ("u=rwx,g=u,o=g", 0o000, 0o777),
        ] as [(String, UInt16, UInt16)])
    func `changes a file as chmod does`(text: String, before: UInt16, after: UInt16) throws {
        #expect(try FileMode(word(text)).applied(to: before, isDirectory: false) == after)
    }

    @Test func `takes a directory for executable`() throws {
        #expect(try FileMode(word("u=rwX,go=rX")).applied(to: 0o600, isDirectory: true) == 0o755)
    }

    @Test(arguments: ["", "64a", "8", "10000", "u", "z+x", "u+q", "u+x,", "u~x", "-1", "u+ru"])
    func `that is malformed is refused`(text: String) {
        #expect(throws: DockerfileError.self) { try FileMode(word(text)) }
    }
}
