"""A small export that is right, and what came of importing it."""

import csv
from pathlib import Path
from typing import Any

from deploy.feed import erp

GOOD: dict[str, str] = {
    "customers": (
        "customer_id,name,salesperson_id,term_days,credit_limit,tags,contact_name,blacklisted,on_hold\n"
        "C1,Harbour Hardware,S7,30,50000,key;chain,Wang Wei,,\n"
        "C2,宁波金桥五金,,0,0,,,,dispute\n"
        "C3,Cash Shop,,,,,,fraud,\n"
        "C4,Big One,,60,unlimited,,,,\n"
    ),
    "products": "product_id,name,unit_cost\nP1,Lamp,4.20\n",
    "orders": (
        "order_id,customer_id,ordered_at,amount,shipped_at,cancelled_at\n"
        "O1,C1,2026-03-02,,2026-03-03,\n"
        "O2,C2,2026-03-02 10:30:00,99.99,,2026-03-04\n"
        "O3,C4,2026-03-03T08:00:00+00:00,10,,\n"
    ),
    "order_lines": "order_id,product_id,quantity,unit_price\nO1,P1,2.5,9.99\nO1,P9,1,0.01\n",
    "invoices": (
        "invoice_id,customer_id,issued_at,amount,order_id,kind,credits_invoice_id,closes_order\n"
        "I1,C1,2026-03-03,24.99,O1,,,\n"
        "N1,C1,2026-03-10,5.00,O1,credit_note,I1,\n"
        "I0,C1,2026-03-01,7.00,O-older,,,\n"
        "I3,C4,2026-03-05,4.00,O3,invoice,,no\n"
    ),
    "payments": (
        "payment_id,customer_id,received_at,amount,invoice_id,allocations,reversed_at\n"
        "Y1,C1,2026-03-20,19.99,I1,,\n"
        "Y2,C1,2026-03-21,10,,I0=7;I1=1.5,2026-03-25\n"
        "Y3,C4,2026-03-22,1,,,\n"
    ),
}


def write(folder: Path, **changed: str) -> Path:
    for name, text in (GOOD | changed).items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return folder


def events_of(folder: Path, options: erp.ErpOptions | None = None) -> list[Any]:
    return [event for event in erp.feed(folder, options).events if event.type != "clock.day_started"]


def rejects_of(folder: Path) -> list[tuple[str, str, str, str]]:
    with (folder / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(row["file"], row["row"], row["column"], row["reason"]) for row in csv.DictReader(file)]


def changed(name: str, old: str, new: str) -> dict[str, str]:
    assert old in GOOD[name]
    return {name: GOOD[name].replace(old, new)}
