/* Batches of Keccak-256 for Merkle trees: many short messages of one size, hashed side by side.
 *
 * Three widths come from one template (_keccak_lanes.h): 8 lanes with AVX-512, 4 with AVX2, 2 with
 * whatever the compiler has for 128-bit vectors (SSE2, NEON). The processor is asked at run time,
 * so one build serves every machine. Long work is done without the GIL.
 *
 * Little endian and a compiler with GCC's vector extensions are needed; elsewhere the build stops
 * here, setup goes on without the kernel, and zerog.crypto.keccak hashes in Python.
 */
#include <Python.h>
#include <stdint.h>
#include <string.h>

#if !defined(__GNUC__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "needs GCC vector extensions and a little-endian machine"
#endif

#ifdef __has_builtin
#if __has_builtin(__builtin_shufflevector)
#define HAVE_SHUFFLE 1
#endif
#endif
#ifndef HAVE_SHUFFLE
#define HAVE_SHUFFLE 0
#endif

#if defined(__x86_64__)
#define X86 1
#include <cpuid.h>
#else
#define X86 0
#endif

#define RATE_WORDS 17 /* 1088 bits */
#define HASH 32

static const uint64_t ROUND_CONSTANTS[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

#define LANES 2
#define TARGET
#define N(name) name##_2
#include "_keccak_lanes.h"

#if X86
#define LANES 4
#define TARGET __attribute__((target("avx2")))
#define N(name) name##_4
#include "_keccak_lanes.h"

#define LANES 8
#define TARGET __attribute__((target("avx512f,avx512vl")))
#define N(name) name##_8
#include "_keccak_lanes.h"
#endif

typedef void hashes_fn(const uint8_t *in, size_t n, size_t words, uint8_t *out);

/* The widest kernel that processor and operating system allow. cpuid and xgetbv by hand:
 * __builtin_cpu_supports does not link in position-independent code of every clang. */
static int widest(void) {
#if X86
    unsigned a, b, c, d, low, high;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27))) return 2; /* OSXSAVE */
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & 0x06) != 0x06) return 2; /* the system saves xmm and ymm */
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & (1u << 5))) return 2; /* AVX2 */
    const unsigned wide = (1u << 16) | (1u << 31); /* AVX512F, AVX512VL */
    return (low & 0xe0) == 0xe0 && (b & wide) == wide ? 8 : 4;
#else
    return 2;
#endif
}

static hashes_fn *kernel(int lanes) {
    if (lanes == 2) return hashes_2;
#if X86
    if (lanes == 4 && widest() >= 4) return hashes_4;
    if (lanes == 8 && widest() >= 8) return hashes_8;
#endif
    PyErr_Format(PyExc_ValueError, "this machine has no %d-lane kernel", lanes);
    return NULL;
}

/* Parse (data, size, lanes); on success the caller releases `view`. */
static hashes_fn *parse(PyObject *args, Py_buffer *view, size_t *size) {
    PyObject *data;
    Py_ssize_t bytes;
    int lanes;
    if (!PyArg_ParseTuple(args, "Oni", &data, &bytes, &lanes)) return NULL;
    hashes_fn *run = kernel(lanes);
    if (!run || PyObject_GetBuffer(data, view, PyBUF_SIMPLE) < 0) return NULL;
    if (bytes < HASH || bytes % 8 || view->len % bytes) {
        PyErr_Format(PyExc_ValueError, "%zd bytes are not whole messages of %zd", view->len, bytes);
        PyBuffer_Release(view);
        return NULL;
    }
    *size = (size_t)bytes;
    return run;
}

static PyObject *hashes(PyObject *self, PyObject *args) {
    Py_buffer view;
    size_t size;
    hashes_fn *run = parse(args, &view, &size);
    if (!run) return NULL;
    const size_t n = (size_t)view.len / size;
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(n * HASH));
    if (result) {
        uint8_t *out = (uint8_t *)PyBytes_AsString(result);
        Py_BEGIN_ALLOW_THREADS
        run(view.buf, n, size / 8, out);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&view);
    return result;
}

static PyObject *perfect_root(PyObject *self, PyObject *args) {
    Py_buffer view;
    size_t size;
    PyObject *result = NULL;
    hashes_fn *run = parse(args, &view, &size);
    if (!run) return NULL;
    size_t n = (size_t)view.len / size;
    uint8_t *level = n ? PyMem_Malloc(n * HASH) : NULL;
    if (n == 0 || n & (n - 1)) {
        PyErr_Format(PyExc_ValueError, "%zu messages are no perfect tree", n);
    } else if (!level) {
        PyErr_NoMemory();
    } else {
        Py_BEGIN_ALLOW_THREADS
        run(view.buf, n, size / 8, level);
        for (; n > 1; n /= 2) run(level, n / 2, 2 * HASH / 8, level);
        Py_END_ALLOW_THREADS
        result = PyBytes_FromStringAndSize((const char *)level, HASH);
    }
    PyMem_Free(level);
    PyBuffer_Release(&view);
    return result;
}

static PyObject *best_lanes(PyObject *self, PyObject *unused) { return PyLong_FromLong(widest()); }

static PyMethodDef METHODS[] = {
    {"best_lanes", best_lanes, METH_NOARGS, "Widest kernel of this machine: 8, 4 or 2 lanes."},
    {"hashes", hashes, METH_VARARGS,
     "hashes(data, size, lanes): Keccak-256 of each message of `size` bytes, joined."},
    {"perfect_root", perfect_root, METH_VARARGS,
     "perfect_root(data, size, lanes): root of the perfect tree over the messages' hashes."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "_keccak", "Batched Keccak-256.", 0, METHODS, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__keccak(void) { return PyModuleDef_Init(&MODULE); }
