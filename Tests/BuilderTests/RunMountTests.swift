import Blobs
import Builder
import Dockerfile
import Foundation
import OCI
import TestSupport
import Testing

@Suite("A mount of RUN", .temporaryDirectory) struct RunMountTests {
    @Test func `shows files of the context, a stage and an image, and leaves nothing in the layer`()
        async throws
    {
        let workshop = try Workshop.running()
        try workshop.prepare(
            "mkdir -p d/e; echo 1 > d/e/a; echo 2 > file; echo file > .dockerignore; echo 3 > seen")
        try workshop.addImage("other", layers: ["mkdir o; echo other > o/f"])
        let listing = try await workshop.listing(
            of: """
                FROM busybox AS made
                RUN mkdir /m && echo made > /m/f
                FROM busybox
                RUN --mount=source=d,target=/x --mount=from=made,source=/m,target=/y --mount=from=other,target=/z/o \
                    --mount=target=/s,source=seen \
                    cat /x/e/a /y/f /z/o/o/f /s && ! touch /x/no 2> /dev/null && echo > /own
                """)
        #expect(workshop.said == "1\nmade\nother\n3\n")
        #expect(listing == ["-rw-r--r-- 0/0 own"])
    }

    @Test func `that can be written forgets what was written`() async throws {
        let workshop = try Workshop.running()
        try workshop.prepare("mkdir d; echo 1 > d/a")
        let listing = try await workshop.listing(
            of: """
                FROM busybox
                RUN --mount=source=d,target=/x,rw echo 2 > /x/a && cat /x/a > /out
                RUN --mount=source=d,target=/x,rw cat /x/a >> /out
                """)
        #expect(listing == ["-rw-r--r-- 0/0 out"])
        let text = try Shell.run("cat '\(workshop.context)/d/a'", in: workshop.directory.path).output
        #expect(text == "1\n")
    }

    @Test func `of a cache keeps its files for the next build`() async throws {
        let workshop = try Workshop.running()
        let dockerfile = { (text: String) in
            "FROM busybox\nRUN --mount=type=cache,target=/c,uid=7,gid=8,mode=700 echo \(text) >> /c/f; cat /c/f; stat -c '%u:%g %a' /c\n"
        }
        try await workshop.build(dockerfile("one"))
        let image = try await workshop.build(dockerfile("two"))
        #expect(workshop.said == "one\n7:8 700\none\ntwo\n7:8 700\n")
        #expect(image.layers.count == 1)
    }

    @Test func `of a cache starts with what it is given, once`() async throws {
        let workshop = try Workshop.running()
        try workshop.addImage("seed", layers: ["mkdir s; echo seed > s/f"])
        for text in ["one", "two"] {
            try await workshop.build(
                "FROM busybox\nRUN --mount=type=cache,target=/c,from=seed,source=s echo \(text) >> /c/f; cat /c/f\n"
            )
        }
        #expect(workshop.said == "seed\none\nseed\none\ntwo\n")
    }

    @Test func `of a locked cache is for one at a time`() async throws {
        let workshop = try Workshop.running()
        let step = """
            RUN --mount=type=cache,target=/c,sharing=locked test ! -e /c/busy && touch /c/busy && sleep 0.3 && \
                rm /c/busy && echo done > /out
            """
        try await workshop.build(
            """
            FROM busybox AS one
            ENV N=1
            \(step)
            FROM busybox AS two
            ENV N=2
            \(step)
            FROM scratch
            COPY --from=one /out /one
            COPY --from=two /out /two
            """)
    }

    @Test func `of memory is empty, and as large as it may be`() async throws {
        let workshop = try Workshop.running()
        let image = try await workshop.build(
            "FROM busybox\nRUN --mount=type=tmpfs,target=/t,size=1m ls -A /t; ! dd if=/dev/zero of=/t/f bs=1k count=2000 2> /dev/null\n"
        )
        #expect(workshop.said == "" && image.layers.count == 1)
    }

    @Test func `of a secret is never seen again`() async throws {
        let workshop = try Workshop.running()
        var options = BuildOptions()
        options.secrets["token"] = .value(Array("open sesame".utf8))
        let image = try await workshop.build(
            """
            FROM busybox
            RUN --mount=type=secret,id=token,uid=7,mode=440 cat /run/secrets/token; stat -c ' %u %a' /run/secrets/token
            RUN --mount=type=secret,id=token,env=TOKEN echo "<$TOKEN>"; test ! -e /run/secrets/token
            RUN --mount=type=secret,id=token,target=/etc/t test "$(cat /etc/t | wc -c)" = 11
            RUN --mount=type=secret,id=missing test ! -e /run/secrets/missing
            """, options)
        #expect(workshop.said == "*** 7 440\n<***>\n")
        #expect(image.layers.count == 1)
        let found = try Shell.run("grep -rl 'open sesame' . || true", in: workshop.directory.path).output
        #expect(found == "")
        let config = try workshop.store.bytes(of: image.manifest.digest)
        #expect(!String(decoding: config, as: UTF8.self).contains("sesame"))
    }

    @Test func `of an agent is its socket`() async throws {
        let workshop = try Workshop.running()
        var options = BuildOptions()
        let socket = workshop.directory.path("agent")
        try Data().write(to: URL(filePath: socket))
        options.agents["default"] = socket
        try await workshop.build(
            "FROM busybox\nRUN --mount=type=ssh echo $SSH_AUTH_SOCK; ls $SSH_AUTH_SOCK\n", options)
        #expect(workshop.said == "/run/buildkit/ssh_agent.0\n/run/buildkit/ssh_agent.0\n")
    }
}
