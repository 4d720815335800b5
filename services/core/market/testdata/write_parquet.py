"""Writes the Parquet files that the reader is tested on: `pip install pyarrow==26.0.1 && python write_parquet.py`.

Every way in which exporters write a time, and every compression that is read; three days of two symbols each.
"""

import datetime
import decimal
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent
UTC = datetime.timezone.utc
DAYS = [datetime.datetime(2021, 7, day, 13, 30) for day in (5, 6, 7)]
TIMES = DAYS + DAYS
PRICES = {
    "open": [10.0, 11.0, 12.0, 1.25, 1.5, 1.75],
    "high": [12.0, 13.0, 14.0, 2.0, 2.0, 2.0],
    "low": [9.0, 10.0, 11.0, 1.0, 1.0, 1.0],
    "close": [11.0, 12.0, 13.0, 1.5, 1.75, 1.5],
}
SYMBOLS = pa.array(["A"] * 3 + ["B"] * 3).dictionary_encode()
VOLUME = pa.array([100, 200, 300, 4, 5, None], pa.int64())


def stamps(unit, zone):
    return pa.array([time.replace(tzinfo=UTC) if zone else time for time in TIMES], pa.timestamp(unit, zone))


def table(**columns):
    return pa.table({**columns, **PRICES, "volume": VOLUME, "symbol": SYMBOLS})


def epoch(per_second):
    return pa.array([int(time.replace(tzinfo=UTC).timestamp() * per_second) for time in TIMES], pa.int64())


def main():
    units = ["ms", "us", "ns"]
    pq.write_table(
        table(
            **{f"utc_{unit}": stamps(unit, "UTC") for unit in units},
            **{f"wall_{unit}": stamps(unit, None) for unit in units},
            day=pa.array([time.date() for time in TIMES], pa.date32()),
            text=pa.array([time.isoformat(" ") for time in TIMES]),
            text_day=pa.array([time.date().isoformat() for time in TIMES]),
            text_clock=pa.array([time.time().isoformat() for time in TIMES]),
            epoch_s=epoch(1),
            epoch_ms=epoch(1_000),
            epoch_us=epoch(1_000_000),
            small=pa.array([decimal.Decimal(f"{price / 100_000 + 1.05231:.5f}") for price in PRICES["open"]],
                           pa.decimal128(9, 5)),
            faults=pa.array([None, -1.0, float("nan"), 1.0, 1.0, 1.0]),
        ),
        HERE / "times.parquet",
        row_group_size=4,
    )
    pq.write_table(table(date=stamps("ns", None)), HERE / "int96.parquet", use_deprecated_int96_timestamps=True)
    for codec in ("none", "gzip", "brotli", "zstd", "lz4"):
        pq.write_table(table(date=stamps("ms", "UTC")), HERE / f"{codec}.parquet", compression=codec)


if __name__ == "__main__":
    main()
