"""The command line: `plasticdb VERB`. It knows the API and nothing below it."""
