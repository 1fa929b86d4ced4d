"""Arrays as the bytes of an HDF5 file that carries its own checksum."""

import hashlib
import io
from typing import Any

import numpy as np

_SMALL = 1000
"""Elements up to which packing an array takes more than it saves."""


def pack(arrays: dict[str, Any]) -> bytes:
    """Bytes of a shard.

    Args:
        arrays: Arrays, tensors, numbers or strings by name.
    """
    import h5py

    stored = {name: _as_array(value) for name, value in arrays.items()}
    # Built in memory: HDF5 on a full disk reports late and leaves its file torn.
    with h5py.File("shard", "w", driver="core", backing_store=False) as file:
        for name, array in stored.items():
            packed = {"compression": "gzip", "shuffle": True} if array.size > _SMALL else {}
            file.create_dataset(name, data=array, **packed)
        file.attrs["sha256"] = _checksum(stored)
        file.flush()
        return bytes(file.id.get_file_image())


def unpack(content: bytes) -> dict[str, np.ndarray]:
    """Arrays of a shard; numbers and strings come as arrays without axes.

    Args:
        content: Bytes of the shard.
    """
    import h5py

    with h5py.File(io.BytesIO(content), "r") as file:
        stored = {name: np.asarray(dataset[()]) for name, dataset in file.items()}
        if file.attrs["sha256"] != _checksum(stored):
            raise ValueError("its checksum does not match")
    return {
        name: np.char.decode(array, "utf-8") if array.dtype.kind == "S" else array
        for name, array in stored.items()
    }


def _as_array(value: Any) -> np.ndarray:
    # A tensor that requires grad does not turn into an array by itself.
    array = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    return np.char.encode(array, "utf-8") if array.dtype.kind == "U" else array


def _checksum(arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
