"""An app with effects that can be counted: every application of an effect leaves a row, and nothing stops a second."""
