"""The parts of `cutout`: regions as a graph, priors, colour models, the decision, the soft edge."""
