"""What a person should know at a glance, read from the apps below: the home page.

It keeps nothing but what a person has seen and put aside.
"""
