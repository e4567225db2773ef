"""EXtra-data's validator on a run: RUN. Prints problems, and seconds without the start of Python and imports."""
import sys
import time

from extra_data.validation import RunValidator

start = time.perf_counter()
validator = RunValidator(sys.argv[1])
validator.run_checks()
print("seconds", time.perf_counter() - start)
print("problems", len(validator.problems))
