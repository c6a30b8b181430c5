"""The engines of pochade beside each other and beside naive versions."""
