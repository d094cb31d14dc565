"""What was asked, who holds it, what came out, under which licence. Imports nothing of ours."""
