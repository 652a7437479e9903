/// The names that this program makes up are below this address.
package enum SlipwayURL {
    package static let base = "https://slipway.dev"
}
