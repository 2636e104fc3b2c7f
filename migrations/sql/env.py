"""Run by Alembic: applies one part's revisions (`journal` or `graph`) in the transaction of the caller's connection."""

from alembic import context

config = context.config
context.configure(
    connection=config.attributes["connection"],
    version_table=config.attributes["version_table"],
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
