import CLibgit2

extension Repository {
    /// The number of a blob's bytes, without reading them all.
    package func size(ofBlob id: ObjectID) throws(GitError) -> Int64 {
        let header = try header(of: id)
        guard header.type == GIT_OBJECT_BLOB else {
            let kind = String(cString: git_object_type2string(header.type))
            throw GitError(.wrongKind, "read the blob \(id)", message: "it is a \(kind)")
        }
        return Int64(header.size)
    }

    /// Lends a blob's bytes, which are not copied, for the length of the call.
    ///
    /// The whole blob is in memory meanwhile: libgit2 inflates an object of a pack only whole.
    package func withBlob<Result>(_ id: ObjectID, _ body: (RawSpan) throws -> Result) throws -> Result {
        let database = try database()
        var oid = id.oid
        let object = try Owned<RawObject>("read the blob \(id)") { git_odb_read(&$0, database, &oid) }
        guard git_odb_object_type(object.pointer) == GIT_OBJECT_BLOB else {
            let kind = String(cString: git_object_type2string(git_odb_object_type(object.pointer)))
            throw GitError(.wrongKind, "read the blob \(id)", message: "it is a \(kind)")
        }
        let bytes = UnsafeRawBufferPointer(
            start: git_odb_object_data(object.pointer), count: git_odb_object_size(object.pointer))
        return try body(bytes.bytes)
    }

    /// A copy of a small blob's bytes: a Dockerfile's, a symlink's target.
    package func bytes(ofBlob id: ObjectID) throws -> [UInt8] {
        try withBlob(id) { span in span.withUnsafeBytes { Array($0) } }
    }

    func header(of id: ObjectID) throws(GitError) -> (size: Int, type: git_object_t) {
        let database = try database()
        var oid = id.oid
        var size = 0
        var type = GIT_OBJECT_INVALID
        try git("read the object \(id)") { git_odb_read_header(&size, &type, database, &oid) }
        return (size, type)
    }
}
