"""Creations and updates that AWS refuses for another resource's sake, a table a service.

A row says what must hold of the resource that is pointed at, and how AWS answers where it does not.
"""
