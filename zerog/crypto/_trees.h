/* Trees over rows, their paths, and the coefficients: what _zoda.c hashes, two messages at a time. */
/* Hash consecutive pairs of n nodes (n even) in place. */
static void halve(compress_fn *compress, const uint8_t *in, size_t n, uint8_t *out) {
    uint8_t spare[HASH];
    for (size_t i = 0; i < n / 2; i += 2) {
        const int two = i + 1 < n / 2;
        const uint8_t *a = in + 2 * HASH * i, *b = two ? a + 2 * HASH : a;
        hash_two(compress, 1, a, b, 2 * HASH, out + HASH * i, two ? out + HASH * (i + 1) : spare);
    }
}

/* Ask for what is hashed next: rows lie far apart, and each start would be waited for. */
static void fetch(const uint8_t *from, size_t size) {
    for (size_t at = 0; at < size; at += 64) __builtin_prefetch(from + at);
}

/* Leaves of two rows side by side, then to hash next the rows `after`. */
static void pair_leaves(compress_fn *compress, const uint8_t *const two[2], const uint8_t *const after[2],
                        size_t size, size_t piece, uint8_t *out_a, uint8_t *out_b) {
    for (size_t at = 0; at < size; at += piece, out_a += HASH, out_b += HASH) {
        const size_t left = size - at, length = left < piece ? left : piece;
        for (int i = 0; i < 2; i++)
            if (left > piece)
                fetch(two[i] + at + piece, left < 2 * piece ? left - piece : piece);
            else
                fetch(after[i], size < piece ? size : piece);
        hash_two(compress, 0, two[0] + at, two[1] + at, length, out_a, out_b);
    }
}

/* Leaves of one row alone, two pieces at a time. */
static void lone_leaves(compress_fn *compress, const uint8_t *row, size_t size, size_t piece,
                        uint8_t *out) {
    size_t at = 0;
    uint8_t spare[HASH];
    for (; size - at >= 2 * piece; at += 2 * piece, out += 2 * HASH)
        hash_two(compress, 0, row + at, row + at + piece, piece, out, out + HASH);
    for (; at < size; at += piece, out += HASH) {
        const size_t length = size - at < piece ? size - at : piece;
        hash_two(compress, 0, row + at, row + at, length, out, spare);
    }
}

/* Leaves of all rows; a row's leaves begin `step` bytes behind those of the row before. */
static void all_leaves(compress_fn *compress, const Rows *rows, size_t piece, uint8_t *out,
                       size_t step) {
    const uint8_t *const *row = rows->at;
    size_t r = 0;
    for (; r + 1 < rows->n; r += 2, out += 2 * step)
        pair_leaves(compress, row + r, r + 3 < rows->n ? row + r + 2 : row + r, rows->size, piece, out,
                    out + step);
    if (r < rows->n) lone_leaves(compress, row[r], rows->size, piece, out);
}

/* Roots over n nodes, each with its position and `depth` siblings from below. */
static void climb_paths(compress_fn *compress, uint8_t *nodes, size_t n, const uint32_t *positions,
                        const uint8_t *siblings, size_t depth) {
    uint8_t pair[2][2 * HASH], spare[HASH];
    for (size_t level = 0; level < depth; level++)
        for (size_t i = 0; i < n; i += 2) {
            const size_t both = i + 1 < n ? 2 : 1;
            for (size_t k = 0; k < both; k++) {
                const int right = positions[i + k] >> level & 1;
                memcpy(pair[k] + HASH * right, nodes + HASH * (i + k), HASH);
                memcpy(pair[k] + HASH * !right, siblings + HASH * ((i + k) * depth + level), HASH);
            }
            hash_two(compress, 1, pair[0], pair[both - 1], 2 * HASH, nodes + HASH * i,
                     both == 2 ? nodes + HASH * (i + 1) : spare);
        }
}

/* Blocks of 16 bytes, [symbol][block]: both halves of SHA-256(seed || LE32(i)), exclusive or;
 * from the second block on of SHA-256(seed || LE32(i) || LE32(block)). */
static void derive(compress_fn *compress, const uint8_t *seed, uint32_t count, uint32_t blocks,
                   uint8_t *out) {
    uint8_t message[2][2 * BLOCK], input[HASH + 8] = {0};
    uint32_t s[2][8];
    memcpy(input, seed, HASH);
    for (uint32_t block = 0; block < blocks; block++) {
        const size_t length = block ? HASH + 8 : HASH + 4;
        memcpy(input + HASH + 4, &block, 4);
        for (int k = 0; k < 2; k++) sha_pad(message[k], input, length, length);
        for (uint32_t i = 0; i < count; i += 2) {
            const uint32_t next = i + 1;
            memcpy(message[0] + HASH, &i, 4);
            memcpy(message[1] + HASH, &next, 4);
            for (int k = 0; k < 2; k++) memcpy(s[k], SHA_START, sizeof SHA_START);
            compress(s, message[0], message[1], 1);
            for (uint32_t k = 0; k < 2 && i + k < count; k++)
                for (int w = 0; w < 4; w++) {
                    const uint32_t word = __builtin_bswap32(s[k][w] ^ s[k][w + 4]);
                    memcpy(out + ((size_t)(i + k) * blocks + block) * 16 + 4 * w, &word, 4);
                }
        }
    }
}
