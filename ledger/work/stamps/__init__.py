"""What binds results to what they were made of, and a job to how it ended, by a key that no database holds."""
