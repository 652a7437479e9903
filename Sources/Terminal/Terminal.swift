/// The room `Terminal`.
enum TerminalPlaceholder {}
