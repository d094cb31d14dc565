"""Environment variables that torch and its libraries read when they are loaded, and what for. Imports nothing."""

KERNELS = "32"

FOR_TORCH = {
    "OMP_WAIT_POLICY": "PASSIVE",
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": KERNELS,
    "LRU_CACHE_CAPACITY": KERNELS,
}
"""To be set before torch is loaded, here or in a process that this one starts.

Threads of OpenMP wait for each other by spinning unless told not to: with one other busy process on two cores the
translator reached 107 words a second spinning and 732 waiting.

oneDNN, and torch around it, keep the code they made for each shape of a product, 1,024 shapes of each kind unless told
otherwise. Texts come in ever other shapes: over 30,000 documents a bfloat16 encoder grew to 867 MB, and with 32 to 451.
The shapes of one model's step fit into 32.
"""
