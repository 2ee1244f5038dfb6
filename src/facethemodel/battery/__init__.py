"""The battery: pictures that a model is tried on beside the user's own, made here without any download.

`families` names them, `drawn` makes those of nothing, `changes` and `ladders` make the others out of photos.
All chance comes from seeds, so that the same project is tried on the same pictures.
"""
