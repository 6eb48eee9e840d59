"""Words are found wherever they stand.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# People write in many languages, often in one sentence: no stemmer would be right.
# Words are compared without case and accents instead, and names with signs in them
# (hosts, addresses, paths) word by word. Only PostgreSQL's own parts: not every server
# has the extension for this. `tracker.incidents.search` does the same in Python.
_FOLD = r"""
CREATE FUNCTION search_fold(words text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT regexp_replace(
    translate(
      replace(
        regexp_replace(normalize(lower(words), NFKD), '[\u0300-\u036f]', '', 'g'),
        'ß', 'ss'
      ),
      '_./@:\<>&#+=', '            '
    ),
    '([^\s"-])-+', '\1 ', 'g'
  )
$$
"""
_VECTOR = """
CREATE FUNCTION search_vector(words text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT to_tsvector('simple', replace(search_fold(words), '-', ' '))
$$
"""
# The last word may still be being typed, unless a sign has ended it.
_QUERY = """
CREATE FUNCTION search_query(words text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE
           WHEN words !~ '[[:punct:]\\s]$' AND CAST(query AS text) LIKE '%'''
           THEN CAST(CAST(query AS text) || ':*' AS tsquery)
           ELSE query
         END
    FROM websearch_to_tsquery('simple', search_fold(words)) query
$$
"""
# The threshold is for one swapped pair of letters in a word of seven.
_SIMILAR = """
CREATE FUNCTION search_similar(words text, reporter uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 20 SET pg_trgm.word_similarity_threshold = 0.45 AS $$
  SELECT id FROM incidents
   WHERE words <% title AND deleted_at IS NULL
     AND (reporter IS NULL OR reporter_id = reporter)
   ORDER BY words <<-> title, id DESC LIMIT 100
$$
"""
_INCIDENT = (
    "setweight(search_vector(title), 'A') || setweight(search_vector(description), 'B')"
)
_COMMENT = "setweight(search_vector(content), 'C')"


def upgrade() -> None:
    # Loads the extension: until then its settings are unknown, and refused.
    op.execute("SELECT word_similarity('', '')")
    for function in (_FOLD, _VECTOR, _QUERY, _SIMILAR):
        op.execute(sa.text(function.replace(":", "\\:")))
    for table, words in (("incidents", _INCIDENT), ("comments", _COMMENT)):
        op.add_column(
            table,
            sa.Column(
                "search",
                postgresql.TSVECTOR(),
                sa.Computed(words, persisted=True),
                nullable=True,
            ),
        )
        op.create_index(f"ix_{table}_search", table, ["search"], postgresql_using="gin")


def downgrade() -> None:
    for table in ("comments", "incidents"):
        op.drop_index(f"ix_{table}_search", table)
        op.drop_column(table, "search")
    op.execute("DROP FUNCTION search_similar(text, uuid)")
    op.execute("DROP FUNCTION search_query(text)")
    op.execute("DROP FUNCTION search_vector(text)")
    op.execute("DROP FUNCTION search_fold(text)")
