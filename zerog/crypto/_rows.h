/* Rows lent by Python, and copies of their columns; included once by _zoda.c. */
#define AHEAD 2 /* rows to fetch before they are copied */

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
