#include <Python.h>
static struct PyModuleDef m={PyModuleDef_HEAD_INIT,"_keccak",0,-1,0};
PyMODINIT_FUNC PyInit__keccak(void){return PyModule_Create(&m);}
