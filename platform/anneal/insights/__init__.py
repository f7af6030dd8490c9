"""Reads across the apps below, which no single one of them can answer: the home page, and names found wherever they are.

It keeps nothing but what a person has seen and put aside.
"""
