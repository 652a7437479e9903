import Blobs
import Builder
import Dockerfile
import Foundation
import OCI
import Sandbox
import TestSupport
import Testing

@Suite("RUN", .temporaryDirectory) struct RunTests {
    @Test func `makes a layer of what its command changes, and nothing else`() async throws {
        let workshop = try Workshop.running()
        let listing = try await workshop.listing(
            of: """
                FROM busybox
                RUN mkdir -p /d/e && echo 1 > /d/a && ln /d/a /d/b && ln -s a /d/l && chmod 4755 /d/a && \
                    mknod /d/n c 1 3 && chown 7:8 /d/e && rm /etc/group
                """)
        #expect(
            listing == [
                "drwxr-xr-x 0/0 d/", "-rwsr-xr-x 0/0 d/a", "hrwsr-xr-x 0/0 d/b link to d/a",
                "drwxr-xr-x 7/8 d/e/", "lrwxrwxrwx 0/0 d/l -> a", "crw-r--r-- 0/0 d/n",
                "-rw-r--r-- 0/0 etc/.wh.group",
            ])
        #expect(try workshop.leftovers == [])
    }

    @Test func `marks a directory opaque that took another's place`() async throws {
        let workshop = try Workshop.running()
        let listing = try await workshop.listing(
            of: "FROM busybox\nRUN mkdir /x && echo 1 > /x/a\nRUN rm -r /x && mkdir /x && echo 2 > /x/b\n")
        #expect(
            listing.sorted() == ["-rw-r--r-- 0/0 x/.wh..wh..opq", "-rw-r--r-- 0/0 x/b", "drwxr-xr-x 0/0 x/"])
        let image = try await workshop.build(
            "FROM busybox\nRUN mkdir /x && echo 1 > /x/a\nRUN rm -r /x && mkdir /x && echo 2 > /x/b\nRUN ls /x > /out\n"
        )
        #expect(try workshop.text("out", in: image.layers.last) == "b\n")
    }

    @Test func `makes no layer when nothing changes`() async throws {
        let workshop = try Workshop.running()
        let image = try await workshop.build("FROM busybox\nRUN true\nRUN echo hi\n")
        #expect(image.layers.count == 1)
        #expect(image.config.history.filter(\.isEmptyLayer).count == 2)
        #expect(workshop.said == "hi\n")
    }

    @Test func `sees variables, the user and the working directory`() async throws {
        let workshop = try Workshop.running()
        var options = BuildOptions()
        options.buildArguments = ["A": "1", "HTTP_PROXY": "http://p"]
        try await workshop.build(
            """
            FROM busybox
            ARG A
            ARG B=2
            ENV C=3 B=4
            WORKDIR /w
            USER ann
            RUN echo $A $B $C $HTTP_PROXY; pwd; id -u; id -G; touch /tmp/f; stat -c %u:%g /tmp/f; echo $HOME
            USER 12:34
            RUN ["/bin/sh", "-c", "id -u; id -g"]
            """, options)
        #expect(workshop.said == "1 4 3 http://p\n/w\n7\n8 50\n7:8\n/home/ann\n12\n34\n")
    }

    @Test func `does here-documents, with the shell and with their own program`() async throws {
        let workshop = try Workshop.running()
        try await workshop.build(
            """
            FROM busybox
            RUN <<EOF
            echo one
            echo two
            EOF
            RUN <<EOF
            #!/bin/cat
            three
            EOF
            RUN cat <<A <<B
            four
            A
            five
            B
            SHELL ["/bin/sh", "-ec"]
            RUN echo six; false || echo seven
            """)
        #expect(workshop.said == "one\ntwo\n#!/bin/cat\nthree\nfive\nsix\nseven\n")
    }

    @Test(
        arguments: [
            ("RUN exit 3", "Dockerfile:2:1: the command failed with exit code 3"),
            ("RUN [\"nothing\"]", "Dockerfile:2:1: there is no program `nothing` in the container"),
            ("USER nobody\nRUN true", "Dockerfile:3:1: the image has no user `nobody` in /etc/passwd"),
            ("RUN --network=host true", "Dockerfile:2:1: `RUN --network=host` is not allowed in this build"),
            ("RUN --security=insecure true", "Dockerfile:2:1: `RUN --security=insecure` is not allowed"),
            ("RUN --mount=target=/x,source=nope true", "Dockerfile:2:5: there is no `nope` to mount"),
            ("RUN --mount=type=tmpfs,target=/ true", "Dockerfile:2:5: a mount cannot be at the root"),
            ("RUN --mount=type=secret,id=s,required true", "Dockerfile:2:5: the build has no secret `s`"),
            ("RUN --mount=type=ssh,required true", "Dockerfile:2:5: the build has no SSH agent `default`"),
            ("RUN --mount=from=busybox,target=/x,source=/none true", "Dockerfile:2:5: there is no `/none`"),
            ("RUN echo > /.wh.x", "Dockerfile:2:1: `/.wh.x` cannot be in an image"),
        ])
    func `says where and why it fails`(lines: String, expected: String) async throws {
        let workshop = try Workshop.running()
        let text = try await workshop.failure(of: "FROM busybox\n\(lines)\n")
        #expect(text.hasPrefix(expected), "\(text)")
        #expect(try workshop.leftovers == [])
    }

    @Test func `is limited in time`() async throws {
        var limits = Container.Limits()
        limits.time = .milliseconds(500)
        let workshop = try Workshop.running(limits: limits)
        let text = try await workshop.failure(of: "FROM busybox\nRUN sleep 1000\n")
        #expect(text.hasPrefix("Dockerfile:2:1: the command took longer than 0.5 seconds"), "\(text)")
        #expect(try workshop.leftovers == [])
    }

    @Test func `ends at once when another stage fails`() async throws {
        let workshop = try Workshop.running()
        let text = try await workshop.failure(
            of: """
                FROM busybox AS slow
                RUN sleep 1000
                FROM busybox AS wrong
                RUN sleep 0.2; exit 9
                FROM scratch
                COPY --from=slow / /
                COPY --from=wrong / /
                """)
        #expect(text.contains("exit code 9"), "\(text)")
        #expect(try workshop.leftovers == [])
    }

    @Test func `is the same in another place`() async throws {
        let dockerfile = """
            FROM busybox
            RUN mkdir /d && echo 1 > /d/a && date > /dev/null && touch -d @5 /d/old && touch /d/new
            RUN rm /d/a && echo 2 > /d/b
            """
        let first = try await Workshop.running("one").build(dockerfile)
        let second = try await Workshop.running("two").build(dockerfile)
        #expect(first.manifest == second.manifest)
    }

    @Test func `tells no time that is later than what lies under it, or than the epoch`() async throws {
        let workshop = try Workshop.running()
        try workshop.addImage("old", layers: ["mkdir bin; cp \"$(command -v busybox)\" bin/sh"])
        let image = try await workshop.build("FROM old\nRUN [\"/bin/sh\", \"-c\", \"echo 1 > /f\"]\n")
        let layer = try #require(image.layers.last)
        let listing = try Shell.run(
            "TZ=UTC tar -tvzf '\(workshop.store.path(of: layer.descriptor.digest))'",
            in: workshop.directory.path)
        #expect(listing.output.contains("1970-01-01 00:16"), "\(listing.output)")
    }
}
