"""What can be said and drawn of the areas of a label image: tables, borders as lines, paints."""
