"""What is measured, with how to run it: `make bench`, or `python -m bench --only growth`."""
