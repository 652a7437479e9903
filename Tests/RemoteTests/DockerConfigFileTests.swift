import Foundation
import OCI
import TestSupport
import Testing

@testable import Remote

@Suite("Docker's configuration file", .temporaryDirectory) struct DockerConfigFileTests {
    private func credential(in text: String, for host: String) async throws -> Credential? {
        let directory = try TemporaryDirectory.required
        let path = try directory.write(text, to: "docker/config.json")
        let file = DockerConfigFile(environment: [
            "DOCKER_CONFIG": URL(filePath: path).deletingLastPathComponent().path,
            "PATH": "\(directory.path("bin")):/usr/bin:/bin",
        ])
        return try await file.credential(for: RegistryHost(host))
    }

    private func helper(_ name: String, _ script: String) throws {
        let path = try TemporaryDirectory.required.write("#!/bin/sh\n" + script, to: "bin/\(name)")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    private func secret(_ credential: Credential?) -> String? {
        switch credential?.secret {
        case .password(let user, let password): "\(user):\(password)"
        case .identityToken(let token): "identity \(token)"
        case .bearer(let token): "bearer \(token)"
        case nil: nil
        }
    }

    @Test(arguments: [
        (#"{"auths":{"reg.example":{"auth":"YW5uOmE6Yg=="}}}"#, "reg.example", "ann:a:b"),
        (#"{"auths":{"https://reg.example/v1/":{"auth":"YW5uOmE6Yg=="}}}"#, "reg.example", "ann:a:b"),
        (#"{"auths":{"https://index.docker.io/v1/":{"auth":"YW5uOmE6Yg=="}}}"#, "docker.io", "ann:a:b"),
        (#"{"auths":{"reg:5000":{"username":"u","password":"p"}}}"#, "reg:5000", "u:p"),
        (#"{"auths":{"reg":{"auth":"","identitytoken":"t"}}}"#, "reg", "identity t"),
        (#"{"auths":{"reg":{"registrytoken":"t"}}}"#, "reg", "bearer t"),
        (#"{"auths":{"reg":{}}}"#, "reg", nil),
        (#"{"auths":{"reg:5000":{"auth":"YW5uOmE6Yg=="}}}"#, "reg", nil),
        ("{}", "reg", nil),
    ])
    func `knows credentials by registry`(text: String, host: String, expected: String?) async throws {
        #expect(try await secret(credential(in: text, for: host)) == expected)
    }

    @Test func `is no error when it is not there`() async throws {
        let file = DockerConfigFile(environment: ["HOME": try TemporaryDirectory.required.path("nobody")])
        #expect(try await file.credential(for: RegistryHost("reg")) == nil)
    }

    @Test(arguments: [
        "{", "[]", #"{"auths":{"reg":{"auth":"no base64, c2VjcmV0"}}}"#,
        #"{"auths":{"reg":{"auth":"c2VjcmV0"}}}"#,
    ])
    func `is refused when malformed, without showing a secret`(text: String) async throws {
        let error = await #expect(throws: CredentialError.self) { try await credential(in: text, for: "reg") }
        let message = error?.description ?? ""
        #expect(message.contains("docker/config.json`"))
        #expect(!message.contains("c2VjcmV0") && !message.contains("secret"))
    }

    @Test func `asks the helper that it names`() async throws {
        try helper(
            "docker-credential-vault",
            #"read host; echo "{\"ServerURL\":\"$host\",\"Username\":\"bob\",\"Secret\":\"for $1 $host\"}""#)
        let text =
            #"{"credHelpers":{"reg.example":"vault"},"auths":{"other":{"username":"u","password":"p"}}}"#
        let credential = try await credential(in: text, for: "reg.example")
        #expect(secret(credential) == "bob:for get reg.example")
        #expect(credential?.name == "user `bob` from `docker-credential-vault`")
        #expect(try await secret(self.credential(in: text, for: "other")) == "u:p")
    }

    @Test func `asks its own entries where the store has nothing`() async throws {
        try helper("docker-credential-empty", "echo 'credentials not found in native keychain'; exit 1")
        let text = #"{"credsStore":"empty","auths":{"reg":{"username":"u","password":"p"}}}"#
        #expect(try await secret(credential(in: text, for: "reg")) == "u:p")
    }

    @Test(arguments: [
        ("absent", "could not run the credential helper `docker-credential-absent`: it is not on the `PATH`"),
        ("broken", "could not run the credential helper `docker-credential-broken`: it ended with status 3"),
        (
            "silent",
            "could not run the credential helper `docker-credential-silent`: it printed no credential"
        ),
        ("../evil", "could not run the credential helper `../evil`: it is a path and not a name"),
    ])
    func `names the helper that fails`(name: String, expected: String) async throws {
        try helper("docker-credential-broken", "echo secret; exit 3")
        try helper("docker-credential-silent", "echo '{}'")
        let error = await #expect(throws: CredentialError.self) {
            try await credential(in: #"{"credsStore":"\#(name)"}"#, for: "reg")
        }
        #expect(error?.description == expected)
    }

    @Test func `does not wait for a helper without end`() async throws {
        // The shell's child keeps the pipe open when the shell is killed.
        try helper("docker-credential-slow", "sleep 30; echo")
        let environment = ["PATH": "\(try TemporaryDirectory.required.path("bin")):/usr/bin:/bin"]
        let slow = try CredentialHelper("slow", environment: environment, patience: .milliseconds(50))
        let error = await #expect(throws: CredentialError.self) {
            try await slow.credential(for: RegistryHost("reg"))
        }
        #expect(error?.message == "it did not end in time")
    }

    @Test func `never prints a secret`() {
        let credential = Credential.password(user: "ann", password: "hush", from: "here")
        #expect("\(credential)" == "user `ann` from here")
        #expect(!String(reflecting: credential).contains("hush"))
        #expect(!String(describing: Mirror(reflecting: credential).children.map(\.value)).contains("hush"))
    }
}
