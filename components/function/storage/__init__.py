"""The output bucket: its layout, its client and the documents that several operations share."""
