"""The applications: everything with a user in front of it. The library never imports from here."""
