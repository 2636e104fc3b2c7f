"""Questions: what comes next, how samples go on, what they cost, why, and what is there."""
