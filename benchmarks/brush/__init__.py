"""What brush and surface take, look by look."""
