"""Python's own pool, at a chunk size that suits small jobs; prints jobs per second."""
import sys
import time
from concurrent.futures import ProcessPoolExecutor


def total(numbers):
    return sum(numbers)


def main():
    jobs, processes = int(sys.argv[1]), int(sys.argv[2])
    inputs = [[i, i + 1, i + 2, i + 3] for i in range(jobs)]
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(total, inputs[:10_000], chunksize=1000))
        began = time.perf_counter()
        results = list(pool.map(total, inputs, chunksize=1000))
        seconds = time.perf_counter() - began
    if results != [4 * i + 6 for i in range(jobs)]:
        sys.exit("the executor's results are wrong")
    print(jobs / seconds)


if __name__ == "__main__":
    main()
