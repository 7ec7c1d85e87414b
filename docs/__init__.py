"""What writes the generated pages and puts the site together; the pages lie beside it."""
