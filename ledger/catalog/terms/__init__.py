"""What licences permit and ask for: tables, and what reads them. Imports the catalog tables."""
