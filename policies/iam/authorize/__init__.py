"""The concrete authorizer: decides one request."""
