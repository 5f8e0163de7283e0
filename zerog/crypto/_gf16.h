/* Linear combinations of rows over GF(2^16) in Leopard's Cantor basis; included by _zoda.c.
 *
 * A row is a list of 64-byte chunks; byte i and byte 32 + i of a chunk are the low and the high
 * byte of symbol i. Every symbol position has `limbs` coefficients, the same for all rows.
 *
 * Multiplying by a constant is a 16 x 16 bit matrix, so with GFNI four 8 x 8 matrices, and with
 * AVX2 eight tables of 16 bytes, for each nibble of the symbol and each byte of the product. Both
 * are linear in the constant: the exclusive or of two entries of a larger table. Many rows are
 * turned so that one register holds one symbol position of all of them. Elsewhere: logarithms.
 */
#define CHUNK 64
#define SYMBOLS 32   /* of a chunk */
#define LIMBS 8      /* worked on at once */
#define LANES 64     /* rows side by side with GFNI, half of them with AVX2 */
#define ORDER 65535u /* of the field's multiplicative group */
#define LOG_ZERO (2 * ORDER + 2)

static const uint16_t CANTOR[16] = {
    0x0001, 0xACCA, 0x3C0E, 0x163E, 0xC582, 0xED2E, 0x914C, 0x4012,
    0x6C98, 0x10D8, 0x6A72, 0xB900, 0xFDB8, 0xFB34, 0xFF38, 0x991E,
};

static uint32_t *LOG;                /* of each element; LOG_ZERO of 0 */
static uint16_t *EXP;                /* of each sum of two logarithms; 0 when LOG_ZERO is in it */
static uint64_t (*MATRIX)[256][4];   /* of each low and each high byte: ll, lh, hl, hh */
static uint8_t (*NIBBLE)[256][8][16]; /* the same by nibble: four of low bytes, four of high ones */

static uint16_t multiply(uint16_t a, uint16_t b) { return EXP[LOG[a] + LOG[b]]; }

/* The matrix of multiplication by c, from input byte `in` to output byte `out`, as GFNI reads it:
 * byte 7 - i says which input bits make output bit i. */
static uint64_t matrix(uint16_t c, int in, int out) {
    uint64_t m = 0;
    for (int j = 0; j < 8; j++) {
        const uint16_t image = multiply(c, (uint16_t)(1u << (8 * in + j)));
        for (int i = 0; i < 8; i++)
            m |= (uint64_t)(image >> (8 * out + i) & 1) << (8 * (7 - i) + j);
    }
    return m;
}

/* Make the tables once, under the GIL; -1 without memory. */
static int field_tables(void) {
    if (MATRIX) return 0;
    if (!LOG) LOG = malloc(65536 * sizeof *LOG);
    if (!EXP) EXP = calloc(2 * (size_t)LOG_ZERO + 1, sizeof *EXP);
    uint16_t *element = malloc(65536 * sizeof *element);
    uint64_t(*table)[256][4] = malloc(2 * sizeof *table);
    if (!NIBBLE) NIBBLE = malloc(2 * sizeof *NIBBLE);
    if (!LOG || !EXP || !NIBBLE || !element || !table) {
        free(element);
        free(table);
        return -1;
    }
    for (uint32_t v = 0; v < 65536; v++) { /* logarithms by the plain element, for a moment */
        element[v] = 0;
        for (int i = 0; i < 16; i++)
            if (v >> i & 1) element[v] ^= CANTOR[i];
    }
    uint32_t power = 1;
    for (uint32_t e = 0; e < ORDER; e++) {
        EXP[power] = (uint16_t)e;
        power <<= 1;
        if (power >> 16) power ^= 0x1002D;
    }
    for (uint32_t v = 1; v < 65536; v++) LOG[v] = EXP[element[v]];
    LOG[0] = LOG_ZERO;
    free(element);
    memset(EXP, 0, 65536 * sizeof *EXP);
    for (uint32_t v = 1; v < 65536; v++) EXP[LOG[v]] = EXP[LOG[v] + ORDER] = (uint16_t)v;
    for (int half = 0; half < 2; half++)
        for (uint32_t byte = 0; byte < 256; byte++)
            for (int k = 0; k < 4; k++)
                table[half][byte][k] = matrix((uint16_t)(byte << (8 * half)), k & 1, k >> 1);
    for (int half = 0; half < 2; half++)
        for (uint32_t byte = 0; byte < 256; byte++)
            for (int at = 0; at < 64; at++) {
                const uint16_t image = multiply((uint16_t)(byte << (8 * half)),
                                                (uint16_t)(at % 16 << at / 16 * 4));
                NIBBLE[half][byte][at / 16][at % 16] = (uint8_t)image;
                NIBBLE[half][byte][4 + at / 16][at % 16] = (uint8_t)(image >> 8);
            }
    MATRIX = table;
    return 0;
}

/* Add to out[row][limb] the combinations of n rows; coefficients are [symbol][limb]. */
typedef int combine_fn(const uint8_t *const *rows, size_t n, size_t chunks,
                       const uint16_t *coefficients, size_t limbs, uint16_t *out);

static int combine_portable(const uint8_t *const *rows, size_t n, size_t chunks,
                            const uint16_t *coefficients, size_t limbs, uint16_t *out) {
    const size_t symbols = chunks * SYMBOLS;
    uint32_t *logs = malloc(symbols * limbs * sizeof *logs);
    if (!logs) return -1;
    for (size_t i = 0; i < symbols * limbs; i++) logs[i] = LOG[coefficients[i]];
    for (size_t r = 0; r < n; r++, out += limbs) {
        for (size_t s = 0; s < symbols; s++) {
            const uint8_t *low = rows[r] + s / SYMBOLS * CHUNK + s % SYMBOLS;
            const uint32_t log = LOG[low[0] | low[SYMBOLS] << 8];
            if (log == LOG_ZERO) continue;
            for (size_t l = 0; l < limbs; l++) out[l] ^= EXP[log + logs[s * limbs + l]];
        }
    }
    free(logs);
    return 0;
}

#if X86
#define GF_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,gfni")))
#define BLOCK_CHUNKS 16 /* chunks whose matrices stay in the second-level cache: 128 KiB */

/* 8 x 8 words of 8 bytes: word j of register i becomes word i of register j. */
GF_TARGET static inline void turn_words(__m512i v[8]) {
    __m512i t[8], u[8];
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm512_unpacklo_epi64(v[i], v[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi64(v[i], v[i + 1]);
    }
    for (int i = 0; i < 8; i += 4)
        for (int k = 0; k < 2; k++) {
            u[i + k] = _mm512_shuffle_i64x2(t[i + k], t[i + k + 2], 0x88);
            u[i + k + 2] = _mm512_shuffle_i64x2(t[i + k], t[i + k + 2], 0xDD);
        }
    for (int i = 0; i < 4; i++) {
        const __m512i even = _mm512_shuffle_i64x2(u[i], u[i + 4], 0x88);
        const __m512i odd = _mm512_shuffle_i64x2(u[i], u[i + 4], 0xDD);
        v[i] = even, v[i + 4] = odd;
    }
}

/* Turn one chunk of 64 rows: byte r of turned[j] is byte j of row r. */
GF_TARGET static void turn_chunk(const uint8_t *const *rows, size_t at, __m512i turned[64]) {
    uint8_t order[64];
    for (int i = 0; i < 64; i++) order[i] = (uint8_t)(i % 8 * 8 + i / 8);
    const __m512i bytes = _mm512_loadu_si512(order);
    __m512i v[8];
    for (int g = 0; g < 8; g++) {
        for (int r = 0; r < 8; r++) {
            v[r] = _mm512_loadu_si512(rows[8 * g + r] + at);
            __builtin_prefetch(rows[8 * g + r] + at + 2 * CHUNK); /* too many streams to be guessed */
        }
        turn_words(v);
        for (int j = 0; j < 8; j++) turned[8 * j + g] = _mm512_permutexvar_epi8(bytes, v[j]);
    }
    for (int j = 0; j < 8; j++) {
        for (int g = 0; g < 8; g++) v[g] = turned[8 * j + g];
        turn_words(v);
        for (int b = 0; b < 8; b++) turned[8 * j + b] = v[b];
    }
}

/* One symbol position of 64 rows times eight coefficients, added to the sums. */
GF_TARGET static inline void add_symbol(__m512i sum[2 * LIMBS], __m512i low, __m512i high,
                                        const uint64_t m[LIMBS][4]) {
#pragma GCC unroll 8
    for (int l = 0; l < LIMBS; l++) {
        const __m512i ll = _mm512_gf2p8affine_epi64_epi8(low, _mm512_set1_epi64((long long)m[l][0]), 0);
        const __m512i lh = _mm512_gf2p8affine_epi64_epi8(high, _mm512_set1_epi64((long long)m[l][1]), 0);
        const __m512i hl = _mm512_gf2p8affine_epi64_epi8(low, _mm512_set1_epi64((long long)m[l][2]), 0);
        const __m512i hh = _mm512_gf2p8affine_epi64_epi8(high, _mm512_set1_epi64((long long)m[l][3]), 0);
        sum[2 * l] = _mm512_ternarylogic_epi64(sum[2 * l], ll, lh, 0x96);
        sum[2 * l + 1] = _mm512_ternarylogic_epi64(sum[2 * l + 1], hl, hh, 0x96);
    }
}

/* Some chunks of up to 64 rows times eight limbs. */
GF_TARGET static void combine_block(const uint8_t *const *rows, size_t n, size_t first, size_t chunks,
                                    const uint64_t (*m)[LIMBS][4], size_t limbs, size_t take,
                                    uint16_t *out) {
    __m512i sum[2 * LIMBS], turned[64];
    uint8_t bytes[2 * LIMBS][LANES];
    for (int i = 0; i < 2 * LIMBS; i++) sum[i] = _mm512_setzero_si512();
    for (size_t c = 0; c < chunks; c++) {
        turn_chunk(rows, (first + c) * CHUNK, turned);
        for (int s = 0; s < SYMBOLS; s++)
            add_symbol(sum, turned[s], turned[SYMBOLS + s], m[c * SYMBOLS + s]);
    }
    for (int i = 0; i < 2 * LIMBS; i++) _mm512_storeu_si512(bytes[i], sum[i]);
    for (size_t r = 0; r < n; r++)
        for (size_t l = 0; l < take; l++)
            out[r * limbs + l] ^= (uint16_t)(bytes[2 * l][r] | bytes[2 * l + 1][r] << 8);
}

GF_TARGET static int combine_gfni(const uint8_t *const *rows, size_t n, size_t chunks,
                                  const uint16_t *coefficients, size_t limbs, uint16_t *out) {
    uint64_t(*m)[LIMBS][4] = malloc(BLOCK_CHUNKS * SYMBOLS * sizeof *m);
    if (!m) return -1;
    for (size_t first = 0; first < chunks; first += BLOCK_CHUNKS) {
        const size_t here = chunks - first < BLOCK_CHUNKS ? chunks - first : BLOCK_CHUNKS;
        for (size_t limb = 0; limb < limbs; limb += LIMBS) {
            const size_t take = limbs - limb < LIMBS ? limbs - limb : LIMBS;
            for (size_t s = 0; s < here * SYMBOLS; s++)
                for (size_t l = 0; l < LIMBS; l++) {
                    const uint16_t *at = coefficients + (first * SYMBOLS + s) * limbs + limb;
                    const uint16_t c = l < take ? at[l] : 0;
                    for (int k = 0; k < 4; k++) m[s][l][k] = MATRIX[0][c & 255][k] ^ MATRIX[1][c >> 8][k];
                }
            for (size_t r = 0; r < n; r += LANES) {
                const uint8_t *group[LANES];
                const size_t rows_here = n - r < LANES ? n - r : LANES;
                for (size_t i = 0; i < LANES; i++) group[i] = rows[r + (i < rows_here ? i : 0)];
                combine_block(group, rows_here, first, here, (const uint64_t(*)[LIMBS][4])m, limbs, take,
                              out + r * limbs + limb);
            }
        }
    }
    free(m);
    return 0;
}

#define AVX2_TARGET __attribute__((target("avx2")))
#define AVX2_LANES 32
#define AVX2_CHUNKS 4 /* chunks whose tables stay in the second-level cache: 128 KiB */
#define PASS 4        /* limbs whose sums fit the sixteen registers */

/* Turn 16 columns of 16 rows: byte r of line j is byte j of row r; lines are 32 bytes apart. */
AVX2_TARGET static void turn_bytes(const uint8_t *const *rows, size_t at, uint8_t *turned) {
    __m128i v[16], t[16];
    for (int r = 0; r < 16; r++) v[r] = _mm_loadu_si128((const __m128i *)(rows[r] + at));
    for (int stage = 0; stage < 4; stage++) {
        for (int i = 0; i < 8; i++) {
            t[2 * i] = _mm_unpacklo_epi8(v[i], v[i + 8]);
            t[2 * i + 1] = _mm_unpackhi_epi8(v[i], v[i + 8]);
        }
        for (int i = 0; i < 16; i++) v[i] = t[i];
    }
    for (int j = 0; j < 16; j++) _mm_storeu_si128((__m128i *)(turned + AVX2_LANES * j), v[j]);
}

/* One chunk of 32 rows times four limbs, added to the sums. */
AVX2_TARGET static void add_chunk(__m256i sum[2 * PASS], const uint8_t (*turned)[AVX2_LANES],
                                  const uint8_t (*tables)[LIMBS][8][16], size_t pass) {
    const __m256i low = _mm256_set1_epi8(15);
    for (int s = 0; s < SYMBOLS; s++) {
        const __m256i a = _mm256_loadu_si256((const __m256i *)turned[s]);
        const __m256i b = _mm256_loadu_si256((const __m256i *)turned[SYMBOLS + s]);
        const __m256i nibbles[4] = {
            _mm256_and_si256(a, low), _mm256_and_si256(_mm256_srli_epi16(a, 4), low),
            _mm256_and_si256(b, low), _mm256_and_si256(_mm256_srli_epi16(b, 4), low),
        };
#pragma GCC unroll 8
        for (int i = 0; i < 2 * PASS; i++)
#pragma GCC unroll 4
            for (int k = 0; k < 4; k++) {
                const uint8_t *at = tables[s][pass + (size_t)i / 2][i % 2 * 4 + k];
                const __m256i table = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)at));
                sum[i] = _mm256_xor_si256(sum[i], _mm256_shuffle_epi8(table, nibbles[k]));
            }
    }
}

/* Some chunks of up to 32 rows times eight limbs. */
AVX2_TARGET static void combine_half(const uint8_t *const *rows, size_t n, size_t first, size_t chunks,
                                     const uint8_t (*tables)[LIMBS][8][16], size_t limbs, size_t take,
                                     uint16_t *out) {
    uint8_t turned[AVX2_CHUNKS][CHUNK][AVX2_LANES], bytes[2 * PASS][AVX2_LANES];
    for (size_t c = 0; c < chunks; c++)
        for (int block = 0; block < 8; block++)
            turn_bytes(rows + block % 2 * 16, (first + c) * CHUNK + (size_t)(block / 2 * 16),
                       turned[c][block / 2 * 16] + block % 2 * 16);
    for (size_t pass = 0; pass < take; pass += PASS) {
        __m256i sum[2 * PASS];
        for (int i = 0; i < 2 * PASS; i++) sum[i] = _mm256_setzero_si256();
        for (size_t c = 0; c < chunks; c++)
            add_chunk(sum, (const uint8_t(*)[AVX2_LANES])turned[c], tables + c * SYMBOLS, pass);
        for (int i = 0; i < 2 * PASS; i++) _mm256_storeu_si256((__m256i *)bytes[i], sum[i]);
        for (size_t r = 0; r < n; r++)
            for (size_t l = 0; l < PASS && pass + l < take; l++)
                out[r * limbs + pass + l] ^= (uint16_t)(bytes[2 * l][r] | bytes[2 * l + 1][r] << 8);
    }
}

AVX2_TARGET static int combine_avx2(const uint8_t *const *rows, size_t n, size_t chunks,
                                    const uint16_t *coefficients, size_t limbs, uint16_t *out) {
    uint8_t(*tables)[LIMBS][8][16] = malloc(AVX2_CHUNKS * SYMBOLS * sizeof *tables);
    if (!tables) return -1;
    for (size_t first = 0; first < chunks; first += AVX2_CHUNKS) {
        const size_t here = chunks - first < AVX2_CHUNKS ? chunks - first : AVX2_CHUNKS;
        for (size_t limb = 0; limb < limbs; limb += LIMBS) {
            const size_t take = limbs - limb < LIMBS ? limbs - limb : LIMBS;
            for (size_t s = 0; s < here * SYMBOLS; s++)
                for (size_t l = 0; l < LIMBS; l++) {
                    const uint16_t *at = coefficients + (first * SYMBOLS + s) * limbs + limb;
                    const uint16_t c = l < take ? at[l] : 0;
                    for (int k = 0; k < 8; k++)
                        for (int i = 0; i < 16; i++)
                            tables[s][l][k][i] = NIBBLE[0][c & 255][k][i] ^ NIBBLE[1][c >> 8][k][i];
                }
            for (size_t r = 0; r < n; r += AVX2_LANES) {
                const uint8_t *group[AVX2_LANES];
                const size_t lanes = n - r < AVX2_LANES ? n - r : AVX2_LANES;
                for (size_t i = 0; i < AVX2_LANES; i++) group[i] = rows[r + (i < lanes ? i : 0)];
                combine_half(group, lanes, first, here, (const uint8_t(*)[LIMBS][8][16])tables, limbs,
                             take, out + r * limbs + limb);
            }
        }
    }
    free(tables);
    return 0;
}
#endif
