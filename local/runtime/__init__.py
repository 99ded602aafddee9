"""What services share while they run: the clock, due work, processes of functions, clients."""
