/// The room `Registry`.
enum RegistryPlaceholder {}
