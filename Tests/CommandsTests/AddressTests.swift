import ArgumentParser
import Daemon
import Logging
import OCI
import Terminal
import Testing

@testable import Commands

@Suite("A daemon's address") struct DaemonAddressTests {
    @Test(arguments: [
        ("unix:///run/slipway.sock", DaemonAddress.socket(path: "/run/slipway.sock")),
        ("http://host:80", .url("http://host:80")), ("https://[::1]:443/", .url("https://[::1]:443")),
    ])
    func `is read`(text: String, expected: DaemonAddress) throws {
        #expect(try DaemonAddress(parsing: text) == expected)
    }

    @Test(arguments: [
        "", "host:80", "unix://relative.sock", "ftp://host", "http://", "http://host/path", "http://a b",
        "http://user@host", "unix:///" + String(repeating: "x", count: 110),
    ])
    func `that is none is refused with its text`(text: String) {
        let error = #expect(throws: CommandError.self) { try DaemonAddress(parsing: text) }
        #expect(error?.status == .usage)
        #expect(error?.hint != nil)
    }

    @Test func `gives URLs in which every path and value is encoded`() throws {
        let address = DaemonAddress.socket(path: "/a b/s.sock")
        #expect(
            address.url(path: "/api", query: [("k", "a=b&c/ü")])
                == "http+unix://%2Fa%20b%2Fs.sock/api?k=a%3Db%26c%2F%C3%BC")
    }

    @Test(
        arguments: [
            ([], [:], "/var/lib/slipway/slipway.sock"), ([], ["SLIPWAY_DATA": "/d/"], "/d/slipway.sock"),
            (["--data", "x"], ["SLIPWAY_DATA": "/d"], "/home/u/x/slipway.sock"),
            ([], ["SLIPWAY_DATA": "/d", "SLIPWAY_HOST": "http://h:1"], "http://h:1"),
            (["--data", "/x"], ["SLIPWAY_HOST": "http://h:1"], "/x/slipway.sock"),
            (["--host", "http://o:2", "--data", "/x"], [:], "http://o:2"),
        ] as [([String], [String: String], String)])
    func `is found in options first and then in the environment`(
        words: [String], environment: [String: String], expected: String
    ) throws {
        let surroundings = Captured().surroundings(environment: environment, directory: "/home/u")
        #expect(try DaemonOptions.parse(words).address(in: surroundings).description == expected)
    }

    @Test(arguments: [
        (["XDG_STATE_HOME": "/s", "HOME": "/h"], "/s/slipway"), (["HOME": "/h"], "/h/.local/state/slipway"),
        (["XDG_STATE_HOME": "relative", "HOME": "/h"], "/h/.local/state/slipway"), ([:], nil),
    ])
    func `of a user is in that user's state directory`(
        environment: [String: String], expected: String?
    ) throws {
        var surroundings = Captured().surroundings(environment: environment)
        surroundings.isRoot = false
        guard let expected else {
            let error = #expect(throws: CommandError.self) {
                try DataDirectoryOption.path(nil, in: surroundings)
            }
            #expect(error?.hint?.contains("--data") == true)
            return
        }
        #expect(try DataDirectoryOption.path(nil, in: surroundings) == expected)
    }
}

@Suite("The options of serve") struct ServeOptionsTests {
    @Test func `have defaults`() throws {
        let command = try ServeCommand.parse([])
        let configuration = try command.configuration(in: Captured().surroundings())
        #expect(configuration.dataDirectory == "/var/lib/slipway")
        #expect(
            configuration.registryAddress.host == "127.0.0.1" && configuration.registryAddress.port == 5000)
        #expect(configuration.pollInterval == 60 && configuration.grace == .seconds(30))
        #expect(configuration.concurrency >= 1 && configuration.tasksDirectory == nil)
        #expect(configuration.logger.logLevel == .info)
    }

    @Test func `are what was said`() throws {
        let command = try ServeCommand.parse([
            "--data", "state", "--registry-address", "[::1]:0", "--tasks", "tasks", "--poll-interval",
            "500ms",
            "--concurrency", "3", "--grace", "2m", "--plain-http", "registry.local:5000", "--log-level",
            "debug",
        ])
        let configuration = try command.configuration(in: Captured().surroundings(directory: "/w"))
        #expect(configuration.dataDirectory == "/w/state" && configuration.tasksDirectory == "/w/tasks")
        #expect(configuration.registryAddress.host == "::1" && configuration.registryAddress.port == 0)
        #expect(configuration.pollInterval == 0.5 && configuration.grace == .seconds(120))
        #expect(configuration.concurrency == 3)
        #expect(configuration.plainHTTPHosts.map(\.description) == ["registry.local:5000"])
        #expect(configuration.logger.logLevel == .debug)
    }

    @Test(arguments: [
        ["--poll-interval", "soon"], ["--poll-interval", "1ms"], ["--concurrency", "0"], ["--grace", "1y"],
        ["--registry-address", "5000"], ["--registry-address", "host:99999"],
        ["--registry-address", "::1:80"],
        ["--plain-http", "a b"], ["--log-level", "loud"],
    ])
    func `that make no sense are refused`(words: [String]) async {
        let result = await execute(["serve"] + words)
        #expect(result.status == 2)
        #expect(result.said.first?.contains(words[1]) == true, "\(result.said)")
        #expect(result.said.last == "hint: see `slipway serve --help`")
    }
}
