"""What every kind of memory shares: how it is opened, catches up with its journal, is asked, verified and erased."""
