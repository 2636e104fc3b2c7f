"""What changes a memory from outside: samples that are typed or in files, taken back, weighed anew, or merged in."""
