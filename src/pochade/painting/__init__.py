"""Paintings: anchors found in a photo, a document that holds them, and the brush that blends them.

A painting is data. `anchors` says what is painted, `document` keeps it together with what the
artist did to it, and drawing is a pure function of the two at any size.
"""
