"""${message}"""

from alembic import op
import sqlalchemy as sa

from onepin.server.store.columns import Id, JsonText, UtcDateTime, Words

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
