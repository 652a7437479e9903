/// The room `Commands`.
enum CommandsPlaceholder {}
