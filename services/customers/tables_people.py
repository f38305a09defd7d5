"""The tables of people and relations: audit, salespeople, follow-ups, satisfaction, prospects and their grading."""

from sqlalchemy import BigInteger as Minor
from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

_INSTANT = DateTime(timezone=True)


def _id(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def people_tables(metadata: MetaData) -> tuple[Table, ...]:
    """Add the tables to ``metadata``: changes, staff, follow_ups, satisfactions, prospects, grading_policies,
    task_policies."""
    return (
        _changes(metadata),
        _staff(metadata),
        _follow_ups(metadata),
        _satisfactions(metadata),
        _prospects(metadata),
        _grading_policies(metadata),
        _task_policies(metadata),
    )


def _changes(metadata: MetaData) -> Table:
    return Table(
        "changes",
        metadata,
        Column("subject", Text, primary_key=True),
        _id("subject_id"),
        Column("part", Text, primary_key=True),
        Column("at", _INSTANT, primary_key=True),
        Column("digest", LargeBinary, primary_key=True),
        _text("kind"),
        Column("by", Text),
        Column("after", JSONB, nullable=False),
        _text("event_id"),
        _text("producer"),
        comment="Every word about a customer, prospect or salesperson; written once.",
    )


def _staff(metadata: MetaData) -> Table:
    return Table(
        "staff",
        metadata,
        _id("salesperson_id"),
        Column("revision", Integer, nullable=False, comment="of the entry in force; 0: only named by events"),
        Column("changed_at", _INSTANT),
        _text("name"),
        Column("active_from", Date),
        Column("active_to", Date),
        _text("team"),
        _text("region"),
        _text("email"),
        _text("chat"),
        Column("created", LargeBinary),
        Column("created_at", _INSTANT),
        Column("digest", LargeBinary),
    )


def _follow_ups(metadata: MetaData) -> Table:
    return Table(
        "follow_ups",
        metadata,
        _id("follow_up_id"),
        Column("customer_id", Text),
        Column("prospect_id", Text),
        Column("partition", Integer, nullable=False, comment="whose clock tells when it is due"),
        Column("recorded", LargeBinary, comment="digest; null: a step of it came first"),
        Column("recorded_at", _INSTANT),
        Column("recorded_by", Text),
        _text("salesperson_id"),
        _text("how"),
        Column("happened_at", _INSTANT, comment="null: it is planned"),
        _text("contact"),
        Column("outcome", Text),
        _text("notes"),
        _text("next_step"),
        Column("alert_id", Text),
        Column("step", Text),
        Column("step_at", _INSTANT),
        Column("step_by", Text),
        Column("step_outcome", Text),
        _text("step_notes"),
        Column("remind_on", Date),
        Column("open", Boolean, nullable=False),
        Column("due_told_on", Date),
        Column("cause", Text, comment="what was found out that planned it; null: a person recorded it"),
        Index("follow_ups_by_customer", "customer_id", "recorded_at"),
        Index("follow_ups_by_prospect", "prospect_id", "recorded_at"),
        Index("follow_ups_by_salesperson", "salesperson_id", "recorded_at"),
        Index("follow_ups_by_alert", "alert_id"),
    )


def _satisfactions(metadata: MetaData) -> Table:
    return Table(
        "satisfactions",
        metadata,
        _id("satisfaction_id"),
        _text("customer_id"),
        Column("score", SmallInteger, nullable=False),
        _text("source"),
        Column("on_day", Date, nullable=False),
        _text("contact"),
        _text("comment"),
        Column("by", Text),
        Column("recorded_at", _INSTANT, nullable=False),
        _text("event_id"),
        Column("digest", LargeBinary, nullable=False),
        Index("satisfactions_by_customer", "customer_id", "on_day"),
        Index("satisfactions_by_day", "on_day"),
        comment="Every score; written once.",
    )


def _prospects(metadata: MetaData) -> Table:
    return Table(
        "prospects",
        metadata,
        _id("prospect_id"),
        Column("revision", Integer, nullable=False, comment="of the card in force; 0: no card is known"),
        Column("changed_at", _INSTANT),
        *(
            _text(n)
            for n in ("name", "short_name", "kind", "region", "category", "business_form", "currency")
        ),
        Column("assets_minor", Minor),
        Column("sales_minor", Minor),
        Column("growth_percent", Integer),
        Column("need_minor", Minor),
        Column("salesperson_id", Text),
        Column("next_visit", Date),
        _text("source"),
        _text("notes"),
        Column("tags", ARRAY(Text), nullable=False),
        Column("contacts", JSONB, nullable=False),
        Column("created", LargeBinary),
        Column("created_at", _INSTANT),
        Column("digest", LargeBinary),
        Column("customer_id", Text, comment="the customer it became"),
        Column("converted_at", _INSTANT),
        Column("lost_at", _INSTANT),
        _text("lost_reason"),
        _text("status"),
        Column("grade", Text, comment="null: not enough is known"),
        Column("score", Numeric(5, 2)),
        Column("graded_by", Integer, comment="version of the grading policy"),
        Column("priority", Integer),
        Column("visit_days", Integer, comment="null: no visits wanted"),
        Index("prospects_by_salesperson", "salesperson_id", "prospect_id"),
        Index("prospects_by_customer", "customer_id"),
    )


def _grading_policies(metadata: MetaData) -> Table:
    return Table(
        "grading_policies",
        metadata,
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("body", JSONB, nullable=False),
        Column("at", _INSTANT, nullable=False),
        Column("by", Text, comment="null: as delivered"),
        _text("reason"),
        comment="Every version of the grading policy; the highest is in force.",
    )


def _task_policies(metadata: MetaData) -> Table:
    return Table(
        "task_policies",
        metadata,
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("body", JSONB, nullable=False),
        Column("at", _INSTANT, nullable=False),
        Column("by", Text, comment="null: as delivered"),
        _text("reason"),
        comment="Every version of what plans a follow-up by itself; the highest is in force.",
    )
