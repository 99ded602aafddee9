"""Policies in force: each call is decided with `policies.iam` before anything answers it.

`needs` says which permissions a call takes, `context` which condition keys AWS would supply,
`stored` which policies apply, `enforcement` decides and refuses in AWS's words.
"""
