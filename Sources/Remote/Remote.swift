/// The room `Remote`.
enum RemotePlaceholder {}
