import Blobs
import GRDB

extension RegistryError {
    /// What a client is told of an error that came from the floors below; `nil` is for the log only.
    init?(_ error: any Error) {
        switch error {
        case let error as RegistryError: self = error
        case let error as BlobError where error.reason == .diskFull: self = .storageFull
        case let error as BlobError where error.reason == .digestMismatch: self = .digestMismatch("\(error)")
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL: self = .storageFull
        default: return nil
        }
    }
}
