"""Documents: text, tables and pictures as HTML and Markdown."""
