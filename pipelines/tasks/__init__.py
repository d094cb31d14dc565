"""What can be done to a document, one folder a task. `spec` is what the web may know of them; the rest loads torch."""
