"""The living gallery of components: invented people and cases, no database."""
