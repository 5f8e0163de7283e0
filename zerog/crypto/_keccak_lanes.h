/* Keccak-256 of LANES equally long messages side by side, one message per vector lane.
 *
 * A template: _keccak.c includes it once per width, having defined
 *   LANES   messages per call: 2, 4 or 8
 *   TARGET  the function attribute that allows the instructions of that width
 *   N(name) the name with a suffix of its own
 */

typedef uint64_t N(vec) __attribute__((vector_size(8 * LANES), aligned(8 * LANES)));

#define V N(vec)
#define ROL(x, n) (((x) << (n)) | ((x) >> (64 - (n))))

/* One round. The names give row (j g k m s) and column (a e i o u) of the 5x5 state,
 * so that every lane has a register and no index is computed. */
#define THETA_RHO_PI_CHI_IOTA(A, E, rc)                                             \
    do {                                                                            \
        const V ca = A##ja ^ A##ga ^ A##ka ^ A##ma ^ A##sa;                         \
        const V ce = A##je ^ A##ge ^ A##ke ^ A##me ^ A##se;                         \
        const V ci = A##ji ^ A##gi ^ A##ki ^ A##mi ^ A##si;                         \
        const V co = A##jo ^ A##go ^ A##ko ^ A##mo ^ A##so;                         \
        const V cu = A##ju ^ A##gu ^ A##ku ^ A##mu ^ A##su;                         \
        const V da = cu ^ ROL(ce, 1), de = ca ^ ROL(ci, 1), di = ce ^ ROL(co, 1);   \
        const V dO = ci ^ ROL(cu, 1), du = co ^ ROL(ca, 1);                         \
        V x0, x1, x2, x3, x4;                                                       \
        x0 = A##ja ^ da;                                                            \
        x1 = A##ge ^ de; x1 = ROL(x1, 44);                                          \
        x2 = A##ki ^ di; x2 = ROL(x2, 43);                                          \
        x3 = A##mo ^ dO; x3 = ROL(x3, 21);                                          \
        x4 = A##su ^ du; x4 = ROL(x4, 14);                                          \
        E##ja = x0 ^ (~x1 & x2) ^ (rc); E##je = x1 ^ (~x2 & x3);                    \
        E##ji = x2 ^ (~x3 & x4); E##jo = x3 ^ (~x4 & x0); E##ju = x4 ^ (~x0 & x1);  \
        x0 = A##jo ^ dO; x0 = ROL(x0, 28);                                          \
        x1 = A##gu ^ du; x1 = ROL(x1, 20);                                          \
        x2 = A##ka ^ da; x2 = ROL(x2, 3);                                           \
        x3 = A##me ^ de; x3 = ROL(x3, 45);                                          \
        x4 = A##si ^ di; x4 = ROL(x4, 61);                                          \
        E##ga = x0 ^ (~x1 & x2); E##ge = x1 ^ (~x2 & x3);                           \
        E##gi = x2 ^ (~x3 & x4); E##go = x3 ^ (~x4 & x0); E##gu = x4 ^ (~x0 & x1);  \
        x0 = A##je ^ de; x0 = ROL(x0, 1);                                           \
        x1 = A##gi ^ di; x1 = ROL(x1, 6);                                           \
        x2 = A##ko ^ dO; x2 = ROL(x2, 25);                                          \
        x3 = A##mu ^ du; x3 = ROL(x3, 8);                                           \
        x4 = A##sa ^ da; x4 = ROL(x4, 18);                                          \
        E##ka = x0 ^ (~x1 & x2); E##ke = x1 ^ (~x2 & x3);                           \
        E##ki = x2 ^ (~x3 & x4); E##ko = x3 ^ (~x4 & x0); E##ku = x4 ^ (~x0 & x1);  \
        x0 = A##ju ^ du; x0 = ROL(x0, 27);                                          \
        x1 = A##ga ^ da; x1 = ROL(x1, 36);                                          \
        x2 = A##ke ^ de; x2 = ROL(x2, 10);                                          \
        x3 = A##mi ^ di; x3 = ROL(x3, 15);                                          \
        x4 = A##so ^ dO; x4 = ROL(x4, 56);                                          \
        E##ma = x0 ^ (~x1 & x2); E##me = x1 ^ (~x2 & x3);                           \
        E##mi = x2 ^ (~x3 & x4); E##mo = x3 ^ (~x4 & x0); E##mu = x4 ^ (~x0 & x1);  \
        x0 = A##ji ^ di; x0 = ROL(x0, 62);                                          \
        x1 = A##go ^ dO; x1 = ROL(x1, 55);                                          \
        x2 = A##ku ^ du; x2 = ROL(x2, 39);                                          \
        x3 = A##ma ^ da; x3 = ROL(x3, 41);                                          \
        x4 = A##se ^ de; x4 = ROL(x4, 2);                                           \
        E##sa = x0 ^ (~x1 & x2); E##se = x1 ^ (~x2 & x3);                           \
        E##si = x2 ^ (~x3 & x4); E##so = x3 ^ (~x4 & x0); E##su = x4 ^ (~x0 & x1);  \
    } while (0)

#define ROW(P, row, op, word, at)                                                   \
    op(P##row##a, word[at]) op(P##row##e, word[at + 1]) op(P##row##i, word[at + 2]) \
    op(P##row##o, word[at + 3]) op(P##row##u, word[at + 4])
#define STATE(P, op, word)                                                          \
    ROW(P, j, op, word, 0) ROW(P, g, op, word, 5) ROW(P, k, op, word, 10)           \
    ROW(P, m, op, word, 15) ROW(P, s, op, word, 20)
#define TAKE(lane, word) V lane = word;
#define GIVE(lane, word) word = lane;
#define FRESH(lane, word) V lane;

TARGET static void N(permute)(V *restrict s) {
    STATE(A, TAKE, s)
    STATE(E, FRESH, s)
    for (int round = 0; round < 24; round += 2) {
        THETA_RHO_PI_CHI_IOTA(A, E, ROUND_CONSTANTS[round]);
        THETA_RHO_PI_CHI_IOTA(E, A, ROUND_CONSTANTS[round + 1]);
    }
    STATE(A, GIVE, s)
}

/* Turn LANES rows of LANES words (row = message) into columns (vector = word index). */
#if HAVE_SHUFFLE
#if LANES == 8
#define STAGE(t, i, d, L, H) do { const V x = t[i], y = t[i + d];                   \
        t[i] = __builtin_shufflevector(x, y, L); t[i + d] = __builtin_shufflevector(x, y, H); } while (0)
#define L1 0, 8, 2, 10, 4, 12, 6, 14
#define H1 1, 9, 3, 11, 5, 13, 7, 15
#define L2 0, 1, 8, 9, 4, 5, 12, 13
#define H2 2, 3, 10, 11, 6, 7, 14, 15
#define L4 0, 1, 2, 3, 8, 9, 10, 11
#define H4 4, 5, 6, 7, 12, 13, 14, 15
#define TRANSPOSE(t) do {                                                           \
        STAGE(t, 0, 1, L1, H1); STAGE(t, 2, 1, L1, H1);                             \
        STAGE(t, 4, 1, L1, H1); STAGE(t, 6, 1, L1, H1);                             \
        STAGE(t, 0, 2, L2, H2); STAGE(t, 1, 2, L2, H2);                             \
        STAGE(t, 4, 2, L2, H2); STAGE(t, 5, 2, L2, H2);                             \
        STAGE(t, 0, 4, L4, H4); STAGE(t, 1, 4, L4, H4);                             \
        STAGE(t, 2, 4, L4, H4); STAGE(t, 3, 4, L4, H4); } while (0)
#elif LANES == 4
#define STAGE(t, i, d, L, H) do { const V x = t[i], y = t[i + d];                   \
        t[i] = __builtin_shufflevector(x, y, L); t[i + d] = __builtin_shufflevector(x, y, H); } while (0)
#define L1 0, 4, 2, 6
#define H1 1, 5, 3, 7
#define L2 0, 1, 4, 5
#define H2 2, 3, 6, 7
#define TRANSPOSE(t) do {                                                           \
        STAGE(t, 0, 1, L1, H1); STAGE(t, 2, 1, L1, H1);                             \
        STAGE(t, 0, 2, L2, H2); STAGE(t, 1, 2, L2, H2); } while (0)
#else
#define TRANSPOSE(t) do { const V x = t[0], y = t[1];                               \
        t[0] = __builtin_shufflevector(x, y, 0, 2);                                 \
        t[1] = __builtin_shufflevector(x, y, 1, 3); } while (0)
#endif
#endif

/* Hash LANES messages of `words` 64-bit words each; `from[j]` is where message j starts. */
TARGET static void N(absorb)(const uint8_t *const *from, size_t words, V *restrict s) {
    memset(s, 0, 25 * sizeof(V));
    size_t at = 0, w = 0;
#if HAVE_SHUFFLE
    for (; w + LANES <= words; w += LANES) {
        V t[LANES];
        for (int j = 0; j < LANES; j++) memcpy(&t[j], from[j] + 8 * w, sizeof(V));
        TRANSPOSE(t);
        for (int j = 0; j < LANES; j++) {
            s[at] ^= t[j];
            if (++at == RATE_WORDS) { N(permute)(s); at = 0; }
        }
    }
#endif
    for (; w < words; w++) {
        uint64_t lanes[LANES];
        V v;
        for (int j = 0; j < LANES; j++) memcpy(&lanes[j], from[j] + 8 * w, 8);
        memcpy(&v, lanes, sizeof v);
        s[at] ^= v;
        if (++at == RATE_WORDS) { N(permute)(s); at = 0; }
    }
    s[at] ^= 1;
    s[RATE_WORDS - 1] ^= (uint64_t)1 << 63;
    N(permute)(s);
}

/* Keccak-256 of n messages of `words` words that lie one after another. `out` may be `in`
 * where a message has at least 32 bytes: a batch is read whole before its hashes are written. */
TARGET static void N(hashes)(const uint8_t *in, size_t n, size_t words, uint8_t *out) {
    V s[25];
    const uint8_t *from[LANES];
    for (size_t i = 0; i < n; i += LANES) {
        const size_t batch = n - i < LANES ? n - i : LANES;
        for (size_t j = 0; j < LANES; j++) from[j] = in + (i + (j < batch ? j : 0)) * words * 8;
        N(absorb)(from, words, s);
        for (size_t j = 0; j < batch; j++)
            for (int w = 0; w < 4; w++) {
                const uint64_t word = s[w][j];
                memcpy(out + (i + j) * 32 + 8 * w, &word, 8);
            }
    }
}

#undef LANES
#undef TARGET
#undef N
#undef V
#undef ROL
#undef THETA_RHO_PI_CHI_IOTA
#undef ROW
#undef STATE
#undef TAKE
#undef GIVE
#undef FRESH
#undef STAGE
#undef L1
#undef H1
#undef L2
#undef H2
#undef L4
#undef H4
#undef TRANSPOSE
