import Blobs
import Builder
import Foundation
import OCI
import TestSupport
import Testing

@Suite("A build", .temporaryDirectory) struct StageTests {
    @Test func `writes the configuration that the instructions ask for`() async throws {
        let workshop = try Workshop()
        var options = BuildOptions()
        options.labels = ["a": "given", "z": "given"]
        options.epoch = 86_400
        let image = try await workshop.build(
            """
            FROM scratch
            MAINTAINER Ann
            ENV A=1 PATH=/bin
            ENV A=2 B="$A x"
            LABEL a=b c="d e"
            USER 7:8
            WORKDIR /w
            WORKDIR x
            EXPOSE 80 53/udp 90-91
            VOLUME /v /u
            STOPSIGNAL SIGINT
            HEALTHCHECK --interval=5s --retries=2 CMD test -e /x
            SHELL ["/bin/ash", "-c"]
            CMD echo $A
            ENTRYPOINT ["/x", "y"]
            ONBUILD COPY . /
            """, options)
        let execution = image.config.execution
        #expect(execution.environment == ["PATH=/bin", "A=2", "B=1 x"])
        #expect(execution.labels == ["a": "given", "c": "d e", "z": "given"])
        #expect(execution.user == "7:8")
        #expect(execution.workingDirectory == "/w/x")
        #expect(execution.exposedPorts == ["53/udp", "80/tcp", "90/tcp", "91/tcp"])
        #expect(execution.volumes == ["/u", "/v"])
        #expect(execution.stopSignal == "SIGINT")
        #expect(execution.healthcheck?.test == ["CMD-SHELL", "test -e /x"])
        #expect(execution.healthcheck?.interval == 5_000_000_000)
        #expect(execution.healthcheck?.retries == 2)
        #expect(execution.command == ["/bin/ash", "-c", "echo $A"])
        #expect(execution.entrypoint == ["/x", "y"])
        #expect(execution.onBuild == ["COPY . /"])
        #expect(image.config.author == "Ann")
        #expect(image.config.created == "1970-01-02T00:00:00Z")
        #expect(image.config.diffIDs == image.layers.map(\.diffID))
        #expect(
            image.config.history.filter { !$0.isEmptyLayer }.map(\.createdBy) == ["WORKDIR /w", "WORKDIR x"])
        // What was written is what was returned.
        let manifest = try ImageManifest(parsing: workshop.store.bytes(of: image.manifest.digest))
        #expect(manifest.layers == image.layers.map(\.descriptor))
        #expect(
            try ImageConfig(parsing: workshop.store.bytes(of: manifest.config.digest)).json
                == image.config.json)
    }

    @Test func `lets an ENTRYPOINT drop the command of its base, but not its own`() async throws {
        let workshop = try Workshop()
        var config = ImageConfig(platform: .host)
        config.execution.command = ["base"]
        try workshop.addImage("base", layers: [Layer](), config: config)
        let entry = "ENTRYPOINT [\"e\"]\n"
        #expect(try await workshop.build("FROM base\n\(entry)").config.execution.command == nil)
        #expect(
            try await workshop.build("FROM base\nCMD [\"own\"]\n\(entry)").config.execution.command == ["own"]
        )
        #expect(try await workshop.build("FROM base\nUSER x\n").config.execution.command == ["base"])
    }

    @Test func `makes working directories that belong to the user`() async throws {
        let workshop = try Workshop()
        try workshop.addImage(
            "base", layers: ["mkdir etc old; echo 'ann:x:7:8::/:' > etc/passwd; ln -s old l"])
        #expect(
            try await workshop.listing(of: "FROM base\nUSER ann\nWORKDIR /l/a/b\n")
                == ["drwxr-xr-x 7/8 old/a/", "drwxr-xr-x 7/8 old/a/b/"])
        let image = try await workshop.build("FROM base\nWORKDIR /old\n")
        #expect(image.layers.count == 1)
        #expect(
            try await workshop.failure(of: "FROM base\nUSER eve\nWORKDIR /x\n")
                .hasPrefix("Dockerfile:3:1: the image has no user `eve` in /etc/passwd"))
        #expect(
            try await workshop.failure(of: "FROM base\nWORKDIR /etc/passwd\n")
                .hasPrefix("Dockerfile:2:1: `/etc/passwd` is not a directory"))
    }

    @Test func `gives arguments to the stages that declare them`() async throws {
        let workshop = try Workshop()
        var options = BuildOptions()
        options.buildArguments = ["GIVEN": "g", "TAG": "base"]
        try workshop.addImage("base", layers: ["echo > x"])
        let image = try await workshop.build(
            """
            ARG TAG=none
            ARG GLOBAL=all
            FROM $TAG
            ARG GIVEN=default
            ARG PLAIN=p
            ARG GLOBAL
            ARG TARGETARCH
            LABEL a=$GIVEN$PLAIN$GLOBAL b=${TAG:-unset} c=$TARGETARCH
            ENV PLAIN=env
            LABEL d=$PLAIN
            """, options)
        #expect(
            image.config.execution.labels
                == ["a": "gpall", "b": "unset", "c": Platform.host.architecture, "d": "env"])
        #expect(image.config.execution.environment?.contains("GIVEN=g") == false)
    }

    @Test func `copies between stages, images and itself by name and number`() async throws {
        let workshop = try Workshop()
        try workshop.prepare("echo 1 > one; echo 2 > two")
        try workshop.addImage("other", layers: ["mkdir d; echo 3 > d/three"])
        let image = try await workshop.build(
            """
            FROM scratch AS first
            COPY --chown=5 one /
            FROM scratch
            COPY two /
            FROM first
            COPY --from=first /one /1
            COPY --from=1 /two /2
            COPY --from=other /d/three /3
            """)
        #expect(image.layers.count == 4)
        #expect(
            try image.layers.map(workshop.listing)
                == [["-rw-r--r-- 5/5 one"], ["-rw-r--r-- 5/5 1"], ["-rw-r--r-- 0/0 2"], ["-rw-r--r-- 0/0 3"]])
        #expect(try workshop.text("3", in: image.layers.last) == "3\n")
        #expect(image.bases.map(\.instruction) == ["COPY --from"])
        #expect(image.bases.map(\.line) == [8])
    }

    @Test func `builds only what the target needs`() async throws {
        let workshop = try Workshop()
        var options = BuildOptions()
        options.target = "wanted"
        let image = try await workshop.build(
            "FROM missing AS unneeded\nFROM scratch AS wanted\nLABEL a=b\nFROM unneeded\n", options)
        #expect(image.config.execution.labels == ["a": "b"])
        options.target = "wantd"
        let text = try await workshop.failure(of: "FROM scratch AS wanted\n", options)
        #expect(text.contains("`wantd`") && text.contains("`wanted`"), "\(text)")
    }

    @Test func `does the triggers of images and stages once`() async throws {
        let workshop = try Workshop()
        try workshop.prepare("echo 1 > one")
        try workshop.addImage("helper", layers: ["echo h > h"])
        var config = ImageConfig(platform: .host)
        config.execution.onBuild = ["COPY one /trigger/", "COPY --from=helper /h /trigger/", "LABEL a=b"]
        try workshop.addImage("base", layers: ["echo > x"], config: config)
        let image = try await workshop.build("FROM base\nCOPY one /own\nONBUILD ENV A=1\n")
        #expect(
            try image.layers.dropFirst().map(workshop.listing) == [
                ["drwxr-xr-x 0/0 trigger/", "-rw-r--r-- 0/0 trigger/one"], ["-rw-r--r-- 0/0 trigger/h"],
                ["-rw-r--r-- 0/0 own"],
            ])
        #expect(image.config.execution.labels == ["a": "b"])
        #expect(image.config.execution.onBuild == ["ENV A=1"])
        #expect(workshop.events.bases.map(\.reference.familiar).sorted() == ["base:latest", "helper:latest"])

        let staged = try await workshop.build("FROM scratch AS s\nONBUILD ENV A=1\nFROM s\n")
        #expect(staged.config.execution.environment?.contains("A=1") == true)
        #expect(staged.config.execution.onBuild == nil)
    }

    @Test func `blames a trigger that is wrong on its image`() async throws {
        let workshop = try Workshop()
        var config = ImageConfig(platform: .host)
        config.execution.onBuild = ["COPY nothing /"]
        try workshop.addImage("base", layers: [Layer](), config: config)
        #expect(
            try await workshop.failure(of: "FROM base\n").hasPrefix(
                "base ONBUILD 1:1:6: `nothing` is not there"))
    }

    @Test(arguments: [
        ("", "Dockerfile:1:1: "), ("COPY a b\n", "Dockerfile:1:1: "), ("FROM\n", "Dockerfile:1:1: "),
        ("FROM scratch\nCOPPY a b\n", "Dockerfile:2:1: "),
        ("FROM scratch\nCOPY --from=nobody a b\n", "Dockerfile:2:6: the shelf has no `nobody`"),
        (
            "FROM scratch AS build\nFROM scratch\nCOPY --from=biuld a b\n",
            "Dockerfile:3:6: the shelf has no `biuld` (did you mean the stage `build`?)"
        ),
        ("FROM nobody\n", "Dockerfile:1:6: the shelf has no `nobody`"),
        ("FROM scratch\nEXPOSE x\n", "Dockerfile:2:8: "),
        ("FROM scratch\nSTOPSIGNAL NO\n", "Dockerfile:2:12: "),
        ("FROM scratch\nENV A=${B:?is missing}\n", "Dockerfile:2:"),
    ])
    func `says where a Dockerfile is wrong`(dockerfile: String, expected: String) async throws {
        let text = try await Workshop().failure(of: dockerfile)
        #expect(text.hasPrefix(expected), "\(text)")
    }

    @Test func `says that there is no Dockerfile`() async throws {
        var options = BuildOptions()
        options.file = "other/Dockerfile"
        let text = try await Workshop().failure(of: "FROM scratch\n", options)
        #expect(text.hasPrefix("there is no Dockerfile `other/Dockerfile`"))
    }
}
