import HTTPTypes
import TestSupport
import Testing

@Suite("A registry", .temporaryDirectory) struct RequestTests {
    @Test(arguments: RequestCase.listings + RequestCase.blobReads + RequestCase.uploads)
    func `answers as the specification says`(request: RequestCase) async throws { try await check(request) }

    @Test(arguments: RequestCase.manifestReads + RequestCase.goodManifests)
    func `keeps manifests as the specification says`(request: RequestCase) async throws {
        try await check(request)
    }

    @Test(arguments: RequestCase.badManifests)
    func `refuses a bad manifest and keeps nothing of it`(request: RequestCase) async throws {
        let registry = try await check(request)
        #expect(try await registry.send(.get, "/v2/lib/app/manifests/3").status == 404)
        #expect(try registry.incoming().isEmpty)
    }

    @discardableResult
    private func check(_ request: RequestCase) async throws -> TestRegistry {
        let seed = try Seed()
        let registry = try TestRegistry()
        try await seed.fill(registry)
        let answer = try await registry.send(
            request.method, seed.resolve(request.path), request.headers.mapValues(seed.resolve),
            body: try request.body(seed))
        #expect(answer.status == request.status)
        #expect(answer.headers["docker-distribution-api-version"] == "registry/2.0")
        for (name, value) in request.expected {
            #expect(answer.headers[name] == (value == "-" ? nil : seed.resolve(value)), "\(name)")
        }
        if let text = request.text {
            #expect(
                answer.status < 400 || text.isEmpty ? answer.text == text : answer.text.contains(text),
                "\(answer.text)")
        }
        return registry
    }
}
