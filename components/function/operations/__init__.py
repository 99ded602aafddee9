"""One operation of the controller a module."""
