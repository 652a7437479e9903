/// The room `Daemon`.
enum DaemonPlaceholder {}
