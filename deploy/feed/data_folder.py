"""Where the public data files lie, and how to read one."""

import os
from pathlib import Path

import polars as pl

REPOSITORY = Path(__file__).resolve().parents[2]

UCI = "uci_online_retail_2009-12_2011-06"
IBM = "ibm_accounts_receivable"
CDNOW = "cdnow_sample_1_10"


class DataMissing(FileNotFoundError):
    """The data folder, or a file in it, is not there."""


def data_folder() -> Path:
    """Return ``TALLYMAN_DATA``, by default ``../shared/data`` next to the repository."""
    return Path(os.environ.get("TALLYMAN_DATA") or REPOSITORY.parent / "shared" / "data")


def table(name: str, folder: Path | None = None) -> pl.DataFrame:
    """Read ``<folder>/<name>.parquet``.

    Raises:
        DataMissing: saying which file was looked for and how to name another folder.
    """
    path = (folder or data_folder()) / f"{name}.parquet"
    if not path.is_file():
        raise DataMissing(f"{path} does not exist; set TALLYMAN_DATA to the folder with the data files")
    return pl.read_parquet(path)
