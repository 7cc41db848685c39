"""Plans in files and tables: TOML, JSON, CSV, Excel, DataFrames, and the schedules of other tools."""

from schedrisk.io.document import document_schema, to_json, to_toml
from schedrisk.io.files import write, write_file
from schedrisk.io.reading import read, read_register, read_scale
from schedrisk.io.register_write import write_register
from schedrisk.io.table import from_frame, to_frame
from schedrisk.io.writeback import write_back

__all__ = [
    "document_schema",
    "from_frame",
    "read",
    "read_register",
    "read_scale",
    "to_frame",
    "to_json",
    "to_toml",
    "write",
    "write_back",
    "write_file",
    "write_register",
]
