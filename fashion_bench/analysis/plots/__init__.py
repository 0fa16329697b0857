"""Pictures of studies as PNG bytes: each is made by ``canvas.draw_picture``.

Nothing here touches pyplot or any other global state, so threads may draw side by side. What rests
on scikit-learn is imported by its own name, as that takes a second: ``classes`` and ``embedding``.
"""
