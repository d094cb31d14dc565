"""What goes round beside the work: heartbeat, sweep, ticks, relay. Imports the ledger; never torch."""
