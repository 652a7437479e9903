/// The room `Watch`.
enum WatchPlaceholder {}
