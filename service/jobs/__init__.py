"""Does what is due by the clock: each job declares its own timetable and how late it may be."""
