"""The model server: an HTTP parent that fetches files and a child that holds the models. No Django, no credentials of ours."""
