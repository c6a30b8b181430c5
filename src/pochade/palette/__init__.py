"""Palettes: the colours of pictures, and what there is to know about each of them.

`make` finds them, `result` is what comes out; `order`, `names`, `places`, `roles` and `contrast`
each answer one question about colours that are known already, and only when it is asked.
"""
