// The bare work of making an image layer, and nothing else: walk a tree in order, write it as a ustar archive, hash
// the archive, compress it as one gzip member, hash that, write it to a file and sync it. One thread.
//
//     cc -O2 -o floor floor.c -lisal -lcrypto
//     ./floor DIRECTORY OUTPUT
//
// Prints the two digests. Names over 100 bytes are split at a slash; longer ones are refused.
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 20, ROOM = CHUNK + CHUNK / 8 + 1024 };

static uint8_t chunk[CHUNK], compressed[ROOM], level[ISAL_DEF_LVL2_DEFAULT];
static size_t filled;
static struct isal_zstream stream;
static EVP_MD_CTX *tar_hash, *gzip_hash;
static uint32_t checksum;
static uint64_t length;
static int out;

static void emit(const void *bytes, size_t count) {
    EVP_DigestUpdate(gzip_hash, bytes, count);
    for (size_t done = 0; done < count;) {
        ssize_t written = write(out, (const char *)bytes + done, count - done);
        if (written < 0) err(1, "write");
        done += written;
    }
}

static void flush_chunk(int is_last) {
    EVP_DigestUpdate(tar_hash, chunk, filled);
    checksum = crc32_gzip_refl(checksum, chunk, filled);
    length += filled;
    isal_deflate_init(&stream);
    stream.level = 2;
    stream.level_buf = level;
    stream.level_buf_size = sizeof level;
    stream.flush = FULL_FLUSH;
    stream.end_of_stream = is_last;
    stream.next_in = chunk;
    stream.avail_in = filled;
    stream.next_out = compressed;
    stream.avail_out = ROOM;
    if (isal_deflate(&stream) != COMP_OK || stream.avail_in) errx(1, "isal_deflate");
    emit(compressed, ROOM - stream.avail_out);
    filled = 0;
}

static void put(const void *bytes, size_t count) {
    while (count > 0) {
        size_t part = count < CHUNK - filled ? count : CHUNK - filled;
        memcpy(chunk + filled, bytes, part);
        filled += part;
        bytes = (const char *)bytes + part;
        count -= part;
        if (filled == CHUNK) flush_chunk(0);
    }
}

static void header(const char *path, const struct stat *status, char type) {
    char block[512] = {0};
    size_t size = strlen(path);
    const char *name = path;
    if (size > 100) {
        for (name = path + size - 101; *name && *name != '/'; name++) {}
        if (!*name || name - path > 155) errx(1, "%s: too long a name", path);
        memcpy(block + 345, path, name - path);
        name++;
    }
    memcpy(block, name, strlen(name));
    sprintf(block + 100, "%07o", status->st_mode & 07777);
    sprintf(block + 108, "%07o", 0);
    sprintf(block + 116, "%07o", 0);
    sprintf(block + 124, "%011lo", type == '0' ? (unsigned long)status->st_size : 0UL);
    sprintf(block + 136, "%011o", 0);
    memset(block + 148, ' ', 8);
    block[156] = type;
    memcpy(block + 257, "ustar\00000", 8);
    unsigned sum = 0;
    for (int i = 0; i < 512; i++) sum += (uint8_t)block[i];
    sprintf(block + 148, "%06o", sum);
    put(block, sizeof block);
}

// Reads straight into the chunk: a file's bytes are copied once, by the kernel.
static void put_file(int file, const char *path, size_t size) {
    for (size_t rest = size; rest > 0;) {
        size_t part = rest < CHUNK - filled ? rest : CHUNK - filled;
        ssize_t count = read(file, chunk + filled, part);
        if (count <= 0) errx(1, "%s: ended early", path);
        filled += count;
        rest -= count;
        if (filled == CHUNK) flush_chunk(0);
    }
    static const char zeros[512];
    put(zeros, (512 - size % 512) % 512);
}

static int by_name(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void walk(int directory, const char *prefix) {
    DIR *stream = fdopendir(directory);
    if (!stream) err(1, "%s", prefix);
    char **names = NULL;
    size_t count = 0, capacity = 0;
    for (struct dirent *entry; (entry = readdir(stream));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (count == capacity) names = realloc(names, (capacity = capacity * 2 + 64) * sizeof *names);
        names[count++] = strdup(entry->d_name);
    }
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++) {
        char path[4096];
        struct stat status;
        snprintf(path, sizeof path, "%s%s", prefix, names[i]);
        int file = openat(directory, names[i], O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (file < 0 || fstat(file, &status)) err(1, "%s", path);
        if (S_ISDIR(status.st_mode)) {
            strcat(path, "/");
            header(path, &status, '5');
            walk(file, path);
        } else {
            header(path, &status, '0');
            put_file(file, path, status.st_size);
            close(file);
        }
        free(names[i]);
    }
    free(names);
    closedir(stream);
}

static void print_digest(const char *what, EVP_MD_CTX *hash) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size;
    EVP_DigestFinal_ex(hash, digest, &size);
    printf("%s sha256:", what);
    for (unsigned i = 0; i < size; i++) printf("%02x", digest[i]);
    printf("\n");
}

int main(int count, char **arguments) {
    if (count != 3) errx(2, "usage: floor DIRECTORY OUTPUT");
    int root = open(arguments[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) err(1, "%s", arguments[1]);
    out = open(arguments[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0) err(1, "%s", arguments[2]);
    tar_hash = EVP_MD_CTX_new();
    gzip_hash = EVP_MD_CTX_new();
    EVP_DigestInit_ex(tar_hash, EVP_sha256(), NULL);
    EVP_DigestInit_ex(gzip_hash, EVP_sha256(), NULL);
    static const uint8_t gzip_header[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    emit(gzip_header, sizeof gzip_header);
    walk(root, "");
    static const char end[1024];
    put(end, sizeof end);
    flush_chunk(1);
    uint8_t trailer[8];
    for (int i = 0; i < 4; i++) {
        trailer[i] = checksum >> (8 * i);
        trailer[4 + i] = length >> (8 * i);
    }
    emit(trailer, sizeof trailer);
    if (fsync(out)) err(1, "%s", arguments[2]);
    print_digest("diff", tar_hash);
    print_digest("layer", gzip_hash);
}
