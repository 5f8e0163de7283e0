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
#define PLAIN_AVX2 4

#include "_sha256.h"
#include "_gf16.h"
#include "_rows.h"
#include "_trees.h"

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
    if ((low & 0x06) == 0x06 && b >> 5 & 1) found |= PLAIN_AVX2;
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
    if (use & PLAIN_AVX2) return combine_avx2;
#endif
    return combine_portable;
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
    {"features", features, METH_NOARGS, "What this machine has: 1 SHA-NI, 2 AVX-512 with GFNI, 4 AVX2."},
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
