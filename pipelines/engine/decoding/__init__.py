"""Token ids in, token ids out: one loop for every encoder-decoder, greedy or with beams. Imports torch."""
