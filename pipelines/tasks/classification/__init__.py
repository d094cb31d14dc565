"""Which of some labels a document has: the model's own, or those that come with the job."""
