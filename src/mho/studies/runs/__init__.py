"""Runs as folders of plain files that a kill at any moment leaves whole."""

from .disk import StorageError as StorageError
from .disk import json_bytes as json_bytes
from .disk import read_json as read_json
from .disk import write_whole as write_whole
from .folder import RunFolder as RunFolder
from .folder import complete as complete
from .folder import discard as discard
from .folder import run_path as run_path
from .provenance import FORMAT as FORMAT
from .provenance import provenance as provenance
