/* SHA-256 (FIPS 180-4) of two messages of one length side by side; included once by _zoda.c.
 *
 * Two lanes hide the latency of the SHA instructions, which one message cannot. Where the
 * processor has none, the same function runs in plain C.
 */
#define BLOCK 64
#define HASH 32

static const uint32_t SHA_K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};
static const uint32_t SHA_START[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

/* Feed n blocks from each pointer to its state. */
typedef void compress_fn(uint32_t s[2][8], const uint8_t *a, const uint8_t *b, size_t n);

static uint32_t turn(uint32_t x, int by) { return x >> by | x << (32 - by); }

#define SHA_SCALAR(a, b, c, d, e, f, g, h, i)                                                 \
    do {                                                                                      \
        const uint32_t t = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (g ^ (e & (f ^ g))) + \
                           SHA_K[i] + w[i];                                                   \
        d += t;                                                                               \
        h = t + (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) | (c & (a | b)));         \
    } while (0)

static void compress_one(uint32_t s[8], const uint8_t *p) {
    uint32_t w[64], a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (int i = 0; i < 16; i++) {
        memcpy(w + i, p + 4 * i, 4);
        w[i] = __builtin_bswap32(w[i]);
    }
    for (int i = 16; i < 64; i++) {
        const uint32_t x = w[i - 15], y = w[i - 2];
        w[i] = w[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ x >> 3) + w[i - 7] +
               (turn(y, 17) ^ turn(y, 19) ^ y >> 10);
    }
    for (int i = 0; i < 64; i += 8) {
        SHA_SCALAR(a, b, c, d, e, f, g, h, i);
        SHA_SCALAR(h, a, b, c, d, e, f, g, i + 1);
        SHA_SCALAR(g, h, a, b, c, d, e, f, i + 2);
        SHA_SCALAR(f, g, h, a, b, c, d, e, i + 3);
        SHA_SCALAR(e, f, g, h, a, b, c, d, i + 4);
        SHA_SCALAR(d, e, f, g, h, a, b, c, i + 5);
        SHA_SCALAR(c, d, e, f, g, h, a, b, i + 6);
        SHA_SCALAR(b, c, d, e, f, g, h, a, i + 7);
    }
    s[0] += a, s[1] += b, s[2] += c, s[3] += d, s[4] += e, s[5] += f, s[6] += g, s[7] += h;
}

static void compress_portable(uint32_t s[2][8], const uint8_t *a, const uint8_t *b, size_t n) {
    for (; n; n--, a += BLOCK, b += BLOCK) {
        compress_one(s[0], a);
        compress_one(s[1], b);
    }
}

#if X86
#define SHA_TARGET __attribute__((target("sha,sse4.1")))

/* States a..h as the instructions want them: ABEF and CDGH. */
SHA_TARGET static void sha_pack(const uint32_t s[8], __m128i v[2]) {
    const __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)s), 0xB1);
    const __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(s + 4)), 0x1B);
    v[0] = _mm_alignr_epi8(low, high, 8);
    v[1] = _mm_blend_epi16(high, low, 0xF0);
}

SHA_TARGET static void sha_unpack(const __m128i v[2], uint32_t s[8]) {
    const __m128i low = _mm_shuffle_epi32(v[0], 0x1B), high = _mm_shuffle_epi32(v[1], 0xB1);
    _mm_storeu_si128((__m128i *)s, _mm_blend_epi16(low, high, 0xF0));
    _mm_storeu_si128((__m128i *)(s + 4), _mm_alignr_epi8(high, low, 8));
}

/* Four rounds of one lane; w holds the last four groups of the schedule, g is a constant. */
#define SHA_ROUNDS(w, abef, cdgh, data, g)                                                       \
    do {                                                                                         \
        if ((g) < 4) {                                                                           \
            w[(g) & 3] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(data) + (g)), swap); \
        } else {                                                                                 \
            const __m128i last = w[((g) + 3) & 3];                                               \
            const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[(g) & 3], w[((g) + 1) & 3]), \
                                              _mm_alignr_epi8(last, w[((g) + 2) & 3], 4));       \
            w[(g) & 3] = _mm_sha256msg2_epu32(sum, last);                                        \
        }                                                                                        \
        const __m128i m =                                                                        \
            _mm_add_epi32(w[(g) & 3], _mm_loadu_si128((const __m128i *)(SHA_K + 4 * (g))));      \
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, m);                                             \
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(m, 0x0E));                    \
    } while (0)
#define SHA_BOTH(g)                                \
    do {                                           \
        SHA_ROUNDS(wa, x[0], x[1], a, g);          \
        SHA_ROUNDS(wb, y[0], y[1], b, g);          \
    } while (0)
#define SHA_QUAD(g) SHA_BOTH(g); SHA_BOTH((g) + 1); SHA_BOTH((g) + 2); SHA_BOTH((g) + 3)

SHA_TARGET static void compress_ni(uint32_t s[2][8], const uint8_t *a, const uint8_t *b, size_t n) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i x[2], y[2], wa[4], wb[4];
    sha_pack(s[0], x);
    sha_pack(s[1], y);
    for (; n; n--, a += BLOCK, b += BLOCK) {
        const __m128i x0 = x[0], x1 = x[1], y0 = y[0], y1 = y[1];
        SHA_QUAD(0);
        SHA_QUAD(4);
        SHA_QUAD(8);
        SHA_QUAD(12);
        x[0] = _mm_add_epi32(x[0], x0);
        x[1] = _mm_add_epi32(x[1], x1);
        y[0] = _mm_add_epi32(y[0], y0);
        y[1] = _mm_add_epi32(y[1], y1);
    }
    sha_unpack(x, s[0]);
    sha_unpack(y, s[1]);
}
#endif

static void put_digest(const uint32_t s[8], uint8_t *out) {
    for (int i = 0; i < 8; i++, out += 4) {
        const uint32_t word = __builtin_bswap32(s[i]);
        memcpy(out, &word, 4);
    }
}

/* The last bytes of a message with its padding: 1 or 2 blocks; gives their number. */
static size_t sha_pad(uint8_t tail[2 * BLOCK], const uint8_t *rest, size_t n, uint64_t length) {
    const size_t blocks = n + 9 > BLOCK ? 2 : 1;
    const uint64_t bits = __builtin_bswap64(length * 8);
    memset(tail, 0, blocks * BLOCK);
    memcpy(tail, rest, n);
    tail[n] = 0x80;
    memcpy(tail + blocks * BLOCK - 8, &bits, 8);
    return blocks;
}

/* SHA-256 of prefix || a and of prefix || b, both of n bytes behind the prefix. */
static void hash_two(compress_fn *compress, uint8_t prefix, const uint8_t *a, const uint8_t *b,
                     size_t n, uint8_t *out_a, uint8_t *out_b) {
    uint8_t head[2][BLOCK], tail[2][2 * BLOCK];
    uint32_t s[2][8];
    const uint64_t length = (uint64_t)n + 1;
    const size_t first = n < BLOCK - 1 ? n : BLOCK - 1;
    memcpy(s[0], SHA_START, sizeof SHA_START);
    memcpy(s[1], SHA_START, sizeof SHA_START);
    head[0][0] = head[1][0] = prefix;
    memcpy(head[0] + 1, a, first);
    memcpy(head[1] + 1, b, first);
    const uint8_t *rest_a = head[0], *rest_b = head[1];
    size_t rest = first + 1;
    if (rest == BLOCK) {
        const size_t whole = (n - first) / BLOCK, done = first + whole * BLOCK;
        compress(s, head[0], head[1], 1);
        compress(s, a + first, b + first, whole);
        rest_a = a + done, rest_b = b + done, rest = n - done;
    }
    const size_t blocks = sha_pad(tail[0], rest_a, rest, length);
    sha_pad(tail[1], rest_b, rest, length);
    compress(s, tail[0], tail[1], blocks);
    put_digest(s[0], out_a);
    put_digest(s[1], out_b);
}
