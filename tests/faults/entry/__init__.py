"""The product's processes as the campaign starts them: the same code with another model, clock and shorter waits."""
