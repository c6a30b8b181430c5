"""Cutouts of people and horses with known masks, beside OpenCV's grabCut with the same hints."""
