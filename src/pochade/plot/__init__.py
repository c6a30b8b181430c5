"""Pictures and pages about colours: what shows results rather than makes them."""
