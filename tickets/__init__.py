"""The ground floor of the desk; see CONTEXT.md for its words."""
