"""The engram memory: vectors that live, fire together, age and die."""
