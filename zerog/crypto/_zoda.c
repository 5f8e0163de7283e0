/* The two hot paths of the DA code: SHA-256 trees over rows, and linear combinations of rows.
 *
 * The processor is asked at run time (`features`), so one build serves every machine; callers name
 * the features to use, so that the portable paths can be run and compared anywhere. Long work is
 * done without the GIL. A little-endian machine and GCC's dialect are needed; elsewhere the build
 * stops here, setup goes on without the kernel, and zerog.da.kernel computes in Python.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if !defined(__GNUC__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "needs GCC's dialect and a little-endian machine"
#endif

#ifdef __GLIBC__
#include <malloc.h>
#endif

#if defined(__x86_64__)
#define X86 1
#include <cpuid.h>
#include <immintrin.h>
#else
#define X86 0
#endif

#define SHA_INSTRUCTIONS 1
#define GFNI_AVX512 2

#include "_sha256.h"
#include "_gf16.h"

/* What processor and operating system offer. cpuid and xgetbv by hand: __builtin_cpu_supports does
 * not link in position-independent code of every clang. */
static int offered(void) {
    int found = 0;
#if X86
    unsigned a, b, c, d, low = 0, high;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
    const int sse41 = c >> 19 & 1, saves = c >> 27 & 1;
    if (saves) __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    if (sse41 && b >> 29 & 1) found |= SHA_INSTRUCTIONS;
    const unsigned wide = 1u << 16 | 1u << 30 | 1u << 31; /* AVX512 F, BW, VL */
    const unsigned more = 1u << 1 | 1u << 8;              /* AVX512 VBMI, GFNI */
    if ((low & 0xe6) == 0xe6 && (b & wide) == wide && (c & more) == more) found |= GFNI_AVX512;
#endif
    return found;
}

static int refuse_features(int wanted) {
    if (!(wanted & ~offered())) return 0;
    PyErr_Format(PyExc_ValueError, "this machine has not all features of %d", wanted);
    return -1;
}

static compress_fn *compressor(int use) {
#if X86
    if (use & SHA_INSTRUCTIONS) return compress_ni;
#endif
    return compress_portable;
}

static combine_fn *combiner(int use) {
#if X86
    if (use & GFNI_AVX512) return combine_gfni;
#endif
    return combine_portable;
}

/* Equally long rows out of a Python list. */
typedef struct {
    size_t n, size;
    Py_buffer *views;
    const uint8_t **at;
} Rows;

static void release(Rows *rows) {
    for (size_t i = 0; i < rows->n; i++) PyBuffer_Release(&rows->views[i]);
    PyMem_Free(rows->views);
    PyMem_Free(rows->at);
}

static int borrow(PyObject *list, Rows *rows) {
    const Py_ssize_t count = PyList_Size(list);
    if (count < 0) return -1;
    *rows = (Rows){0, 0, PyMem_Calloc((size_t)count + 1, sizeof(Py_buffer)),
                   PyMem_Calloc((size_t)count + 1, sizeof(uint8_t *))};
    if (!rows->views || !rows->at) {
        PyErr_NoMemory();
        release(rows);
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (PyObject_GetBuffer(PyList_GetItem(list, i), &rows->views[i], PyBUF_SIMPLE) < 0) break;
        rows->n++;
        rows->at[i] = rows->views[i].buf;
        if (i == 0) rows->size = (size_t)rows->views[0].len;
        if ((size_t)rows->views[i].len == rows->size && rows->size) continue;
        PyErr_SetString(PyExc_ValueError, "rows are empty or differ in length");
        break;
    }
    if (!PyErr_Occurred()) return 0;
    release(rows);
    return -1;
}

/* Hash consecutive pairs of n nodes (n even) in place. */
static void halve(compress_fn *compress, const uint8_t *in, size_t n, uint8_t *out) {
    uint8_t spare[HASH];
    for (size_t i = 0; i < n / 2; i += 2) {
        const int two = i + 1 < n / 2;
        const uint8_t *a = in + 2 * HASH * i, *b = two ? a + 2 * HASH : a;
        hash_two(compress, 1, a, b, 2 * HASH, out + HASH * i, two ? out + HASH * (i + 1) : spare);
    }
}

/* Leaves of one piece of every row, two rows at a time; a row's leaves are `step` bytes apart. */
static void piece_leaves(compress_fn *compress, const Rows *rows, size_t at, size_t length,
                         uint8_t *out, size_t step) {
    uint8_t spare[HASH];
    for (size_t r = 0; r < rows->n; r += 2, out += 2 * step) {
        const int two = r + 1 < rows->n;
        hash_two(compress, 0, rows->at[r] + at, rows->at[two ? r + 1 : r] + at, length, out,
                 two ? out + step : spare);
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

static void all_leaves(compress_fn *compress, const Rows *rows, size_t piece, uint8_t *out,
                       size_t step) {
    if (rows->n == 1) {
        lone_leaves(compress, rows->at[0], rows->size, piece, out);
        return;
    }
    for (size_t at = 0; at < rows->size; at += piece, out += HASH) {
        const size_t left = rows->size - at;
        piece_leaves(compress, rows, at, left < piece ? left : piece, out, step);
    }
}

static PyObject *leaves_into(PyObject *self, PyObject *args) {
    PyObject *list, *target;
    Py_ssize_t piece, first, places;
    int use;
    Py_buffer out;
    Rows rows;
    if (!PyArg_ParseTuple(args, "OnOnni", &list, &piece, &target, &first, &places, &use) ||
        refuse_features(use) || PyObject_GetBuffer(target, &out, PyBUF_WRITABLE) < 0)
        return NULL;
    if (borrow(list, &rows) < 0) {
        PyBuffer_Release(&out);
        return NULL;
    }
    const size_t pieces = piece < 1 ? 0 : (rows.size + (size_t)piece - 1) / (size_t)piece;
    const size_t step = (size_t)places * HASH;
    if (piece < 1 || first < 0 || places < 1 || places > 65536 ||
        (size_t)first + pieces > (size_t)places || (size_t)out.len != rows.n * step) {
        PyErr_Format(PyExc_ValueError, "%zu leaves of %zu rows do not fit", pieces, rows.n);
    } else {
        uint8_t *at = (uint8_t *)out.buf + HASH * (size_t)first;
        Py_BEGIN_ALLOW_THREADS
        all_leaves(compressor(use), &rows, (size_t)piece, at, step);
        Py_END_ALLOW_THREADS
    }
    release(&rows);
    PyBuffer_Release(&out);
    if (PyErr_Occurred()) return NULL;
    Py_RETURN_NONE;
}

#define AHEAD 2 /* rows to fetch before they are copied */

/* Copy past the caches where both ends allow it: nobody reads what was written soon. */
static void copy_away(uint8_t *to, const uint8_t *from, size_t size) {
#if X86
    if (!((uintptr_t)to % 16 || size % 64)) {
        for (size_t i = 0; i < size; i += 64)
            for (size_t k = 0; k < 64; k += 16)
                _mm_stream_si128((__m128i *)(to + i + k),
                                 _mm_loadu_si128((const __m128i *)(from + i + k)));
        return;
    }
#endif
    memcpy(to, from, size);
}

static PyObject *scatter(PyObject *self, PyObject *args) {
    PyObject *list, *target;
    Py_ssize_t start, step;
    Py_buffer out;
    Rows rows;
    if (!PyArg_ParseTuple(args, "OOnn", &list, &target, &start, &step) ||
        PyObject_GetBuffer(target, &out, PyBUF_WRITABLE) < 0)
        return NULL;
    if (borrow(list, &rows) < 0) {
        PyBuffer_Release(&out);
        return NULL;
    }
    const size_t size = (size_t)out.len, first = (size_t)start, by = (size_t)step;
    if (start < 0 || step < 1 || by < rows.size || first > by - rows.size || size / by < rows.n) {
        PyErr_Format(PyExc_ValueError, "%zu rows do not fit every %zd bytes", rows.n, step);
    } else {
        Py_BEGIN_ALLOW_THREADS
        for (size_t r = 0; r < rows.n; r++)
            copy_away((uint8_t *)out.buf + r * by + first, rows.at[r], rows.size);
#if X86
        _mm_sfence();
#endif
        Py_END_ALLOW_THREADS
    }
    release(&rows);
    PyBuffer_Release(&out);
    if (PyErr_Occurred()) return NULL;
    Py_RETURN_NONE;
}

static PyObject *cut(PyObject *self, PyObject *args) {
    PyObject *list, *result;
    Py_ssize_t start, stop;
    Rows rows;
    if (!PyArg_ParseTuple(args, "Onn", &list, &start, &stop) || borrow(list, &rows) < 0) return NULL;
    if (start < 0 || stop < start || (size_t)stop > rows.size) {
        release(&rows);
        return PyErr_Format(PyExc_ValueError, "rows have no columns %zd to %zd", start, stop);
    }
    result = PyList_New((Py_ssize_t)rows.n);
    for (size_t r = 0; result && r < rows.n; r++) {
        if (r + AHEAD < rows.n)
            for (Py_ssize_t at = start; at < stop; at += 64) __builtin_prefetch(rows.at[r + AHEAD] + at);
        PyObject *part = PyBytes_FromStringAndSize((const char *)rows.at[r] + start, stop - start);
        if (!part || PyList_SetItem(result, (Py_ssize_t)r, part) < 0) Py_CLEAR(result);
    }
    release(&rows);
    return result;
}

static PyObject *parents(PyObject *self, PyObject *args) {
    PyObject *data, *result = NULL;
    Py_buffer view;
    int use;
    if (!PyArg_ParseTuple(args, "Oi", &data, &use) || refuse_features(use)) return NULL;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0) return NULL;
    if (view.len % (2 * HASH)) {
        PyErr_Format(PyExc_ValueError, "%zd bytes are no pairs of nodes", view.len);
    } else if ((result = PyBytes_FromStringAndSize(NULL, view.len / 2))) {
        uint8_t *out = (uint8_t *)PyBytes_AsString(result);
        Py_BEGIN_ALLOW_THREADS
        halve(compressor(use), view.buf, (size_t)view.len / HASH, out);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&view);
    return result;
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

static PyObject *climb(PyObject *self, PyObject *args) {
    PyObject *result = NULL;
    const char *nodes, *positions, *siblings;
    Py_ssize_t nodes_size, positions_size, siblings_size, depth;
    int use;
    if (!PyArg_ParseTuple(args, "y#y#y#ni", &nodes, &nodes_size, &positions, &positions_size,
                          &siblings, &siblings_size, &depth, &use) || refuse_features(use))
        return NULL;
    if (depth < 0 || depth > 32 || nodes_size % HASH || positions_size != nodes_size / HASH * 4 ||
        siblings_size != nodes_size * depth)
        return PyErr_Format(PyExc_ValueError, "nodes, positions and siblings do not fit");
    uint32_t *at = PyMem_Malloc((size_t)positions_size + 1);
    if (!at) return PyErr_NoMemory();
    memcpy(at, positions, (size_t)positions_size);
    if ((result = PyBytes_FromStringAndSize(nodes, nodes_size))) {
        uint8_t *out = (uint8_t *)PyBytes_AsString(result);
        Py_BEGIN_ALLOW_THREADS
        climb_paths(compressor(use), out, (size_t)nodes_size / HASH, at, (const uint8_t *)siblings,
                    (size_t)depth);
        Py_END_ALLOW_THREADS
    }
    PyMem_Free(at);
    return result;
}

/* Blocks of 16 bytes, [symbol][block]: both halves of SHA-256(seed || LE32(i)), exclusive or;
 * from the second block on of SHA-256(seed || LE32(i) || LE32(block)). */
static void derive(compress_fn *compress, const uint8_t *seed, uint32_t count, uint32_t blocks,
                   uint8_t *out) {
    uint8_t message[2][2 * BLOCK], input[HASH + 8], digest[HASH];
    uint32_t s[2][8];
    memcpy(input, seed, HASH);
    for (uint32_t block = 0; block < blocks; block++)
        for (uint32_t i = 0; i < count; i += 2) {
            const uint32_t both = i + 1 < count ? 2 : 1;
            const size_t length = block ? HASH + 8 : HASH + 4;
            memcpy(input + HASH + 4, &block, 4);
            for (uint32_t k = 0; k < both; k++) {
                const uint32_t at = i + k;
                memcpy(input + HASH, &at, 4);
                sha_pad(message[k], input, length, length);
                memcpy(s[k], SHA_START, sizeof SHA_START);
            }
            compress(s, message[0], message[both - 1], 1);
            for (uint32_t k = 0; k < both; k++) {
                uint8_t *to = out + ((size_t)(i + k) * blocks + block) * 16;
                put_digest(s[k], digest);
                for (int b = 0; b < 16; b++) to[b] = digest[b] ^ digest[16 + b];
            }
        }
}

static PyObject *coefficients(PyObject *self, PyObject *args) {
    const char *seed;
    Py_ssize_t seed_size;
    unsigned count, blocks;
    int use;
    PyObject *result;
    if (!PyArg_ParseTuple(args, "y#IIi", &seed, &seed_size, &count, &blocks, &use) ||
        refuse_features(use))
        return NULL;
    if (seed_size != HASH || count > 65536 || blocks > 64)
        return PyErr_Format(PyExc_ValueError, "a seed of %zd bytes, or too much", seed_size);
    if ((result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)count * blocks * 16))) {
        uint8_t *out = (uint8_t *)PyBytes_AsString(result);
        Py_BEGIN_ALLOW_THREADS
        derive(compressor(use), (const uint8_t *)seed, count, blocks, out);
        Py_END_ALLOW_THREADS
    }
    return result;
}

/* Run the combination without the GIL; NULL without memory. */
static PyObject *combined(const Rows *rows, const uint16_t *factors, size_t limbs, int use) {
    const Py_ssize_t size = (Py_ssize_t)(rows->n * limbs * 2);
    int failed;
    uint16_t *out = PyMem_Calloc((size_t)size + 1, 1);
    if (!out || field_tables() < 0) {
        PyMem_Free(out);
        return PyErr_NoMemory();
    }
    Py_BEGIN_ALLOW_THREADS
    failed = combiner(use)(rows->at, rows->n, rows->size / CHUNK, factors, limbs, out);
    Py_END_ALLOW_THREADS
    PyObject *result = failed ? PyErr_NoMemory() : PyBytes_FromStringAndSize((char *)out, size);
    PyMem_Free(out);
    return result;
}

static PyObject *combine(PyObject *self, PyObject *args) {
    PyObject *list, *result = NULL;
    const char *factors;
    Py_ssize_t size, limbs;
    int use;
    Rows rows;
    if (!PyArg_ParseTuple(args, "Oy#ni", &list, &factors, &size, &limbs, &use) ||
        refuse_features(use) || borrow(list, &rows) < 0)
        return NULL;
    const Py_ssize_t wanted = (Py_ssize_t)rows.size * limbs;
    if (limbs < 1 || limbs > 1024 || rows.size % CHUNK || (rows.n && size != wanted)) {
        PyErr_Format(PyExc_ValueError, "%zd bytes of coefficients do not fit the rows", size);
    } else {
        uint16_t *copy = PyMem_Malloc((size_t)size + 1);
        if (copy) {
            memcpy(copy, factors, (size_t)size);
            result = combined(&rows, copy, (size_t)limbs, use);
        } else {
            PyErr_NoMemory();
        }
        PyMem_Free(copy);
    }
    release(&rows);
    return result;
}

/* Tell glibc not to give freed pages back: a stripe's memory is the next one's. */
static PyObject *keep_heap(PyObject *self, PyObject *args) {
    int size, kept = 0;
    if (!PyArg_ParseTuple(args, "i", &size)) return NULL;
#ifdef __GLIBC__
    kept = mallopt(M_TRIM_THRESHOLD, size) && mallopt(M_MMAP_THRESHOLD, size);
#endif
    return PyBool_FromLong(kept);
}

static PyObject *features(PyObject *self, PyObject *unused) { return PyLong_FromLong(offered()); }

static PyMethodDef METHODS[] = {
    {"features", features, METH_NOARGS, "What this machine has: 1 SHA-NI, 2 AVX-512 with GFNI."},
    {"keep_heap", keep_heap, METH_VARARGS,
     "keep_heap(size): keep up to so many freed bytes in this process; whether that works here."},
    {"leaves_into", leaves_into, METH_VARARGS,
     "leaves_into(rows, piece, out, first, places, use): hash each piece of row r to the places\n"
     "from r * places + first on of out."},
    {"scatter", scatter, METH_VARARGS,
     "scatter(rows, out, start, step): copy row r to out from start + r * step on."},
    {"cut", cut, METH_VARARGS, "cut(rows, start, stop): those columns of each row, as a list."},
    {"parents", parents, METH_VARARGS, "parents(level, use): one level up a tree, 2n nodes to n."},
    {"climb", climb, METH_VARARGS,
     "climb(nodes, positions, siblings, depth, use): the root over each node by its path."},
    {"coefficients", coefficients, METH_VARARGS,
     "coefficients(seed, count, blocks, use): 16 bytes for each position and block."},
    {"combine", combine, METH_VARARGS,
     "combine(rows, coefficients, limbs, use): the linear combinations of each row, joined."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "_zoda", "Hot paths of the DA code.", 0, METHODS, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__zoda(void) { return PyModuleDef_Init(&MODULE); }
