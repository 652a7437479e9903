"""The trees that the benchmarks build from: the same bytes on every machine, made from fixed seeds."""

import random


def pool(size):
    """Bytes that compress to about two fifths, as programs and sources do."""
    source = random.Random(1)
    words = [source.randbytes(source.randint(3, 12)).hex().encode()[: source.randint(3, 14)] for _ in range(4000)]
    parts, length = [], 0
    while length < size:
        part = source.randbytes(64) if source.random() < 0.12 else b" ".join(source.choices(words, k=40)) + b"\n"
        parts.append(part)
        length += len(part)
    return b"".join(parts)[:size]


def write_tree(folder, files, directories, total):
    """Files of sizes between a quarter and nearly double the mean, spread over nested directories."""
    source = random.Random(files)
    mean = total // files
    content = pool(16 << 20)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder]
    for number in range(directories):
        parent = paths[source.randrange(max(1, len(paths) // 4))]
        path = parent / f"d{number:04x}"
        path.mkdir(parents=True)
        paths.append(path)
    for number in range(files):
        size = source.randint(mean // 4, mean * 7 // 4)
        start = source.randrange(len(content) - size)
        (source.choice(paths) / f"f{number:05x}.txt").write_bytes(content[start : start + size])


def write_noise(path, size, seed):
    """A file of random bytes, which no compressor makes smaller."""
    source = random.Random(seed)
    with open(path, "wb") as file:
        for start in range(0, size, 1 << 20):
            file.write(source.randbytes(min(1 << 20, size - start)))
