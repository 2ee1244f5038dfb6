"""Faces in pixels: find them, check whether each is a human face, bring them to one pose.

Everything here takes and gives upright RGB pixels (H x W x 3, uint8) and needs no project.
"""
