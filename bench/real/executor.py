"""Python's own pool at the jobs that it does as well; prints jobs per second."""
import gzip
import hashlib
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

BLOCK_BYTES = 64 * 1024
# Large enough that the way there is paid once for several, small enough that both processes end together.
CHUNK = 8


def compress(block):
    return gzip.compress(block, 6)


def sha512(block):
    return hashlib.sha512(block).hexdigest()


def scrypt(password):
    salt = f"salt of {password}".encode()
    return hashlib.scrypt(password.encode(), salt=salt, n=4096, r=8, p=1, dklen=32).hex()


JOBS = {"gzip": compress, "sha512": sha512, "scrypt": scrypt}


def inputs_of(name, count, folder):
    if name == "scrypt":
        return [f"password {at}" for at in range(count)]
    with open(os.path.join(folder, "blocks.txt"), "rb") as file:
        text = file.read()
    blocks = [text[at : at + BLOCK_BYTES] for at in range(0, len(text), BLOCK_BYTES)]
    return [blocks[at % len(blocks)] for at in range(count)]


def is_right(name, value, answer):
    return gzip.decompress(answer) == value if name == "gzip" else JOBS[name](value) == answer


def main():
    name, count, processes, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    job, inputs = JOBS[name], inputs_of(name, count, folder)
    with ProcessPoolExecutor(processes) as pool:
        warm = time.perf_counter() + float(os.environ.get("BENCH_WARM_MS", "500")) / 1000
        while True:
            list(pool.map(job, inputs, chunksize=CHUNK))
            if time.perf_counter() > warm:
                break
        began = time.perf_counter()
        answers = list(pool.map(job, inputs, chunksize=CHUNK))
        seconds = time.perf_counter() - began
    if len(answers) != count or not all(map(is_right, [name] * count, inputs, answers)):
        sys.exit("the executor's results are wrong")
    print(count / seconds)


if __name__ == "__main__":
    main()
