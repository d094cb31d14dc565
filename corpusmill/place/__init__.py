"""Where an installation lies, who may look into it, and where its server listens. Imports settings and the ledger."""
