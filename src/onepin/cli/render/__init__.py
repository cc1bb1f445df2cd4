"""How things look: tables, times, durations, bars."""
