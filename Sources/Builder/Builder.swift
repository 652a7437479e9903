/// The room `Builder`.
enum BuilderPlaceholder {}
