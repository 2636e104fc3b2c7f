"""All Cypher of the product: constants, and functions that write a statement for a label of the schema.

Values travel as parameters only; labels, relationship types and property names come from `schema.py` only, and a name
that is not there is a KeyError. Rows travel as columns, in both directions: `UNWIND range(...)` over column
parameters writes as fast as rows do and needs no rows built, and one record of collected columns reads six times
faster than a record a row.

A node's parent is not a property but the relationship `Node.parent`; as a column it is `parent`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...schema import Node, Relationship, check_index

__all__ = [
    "CREATE_MEMORY",
    "DROP_MEMORY",
    "EMPTY_MEMORY",
    "KEEP_JOURNAL",
    "LOCK_MEMORY",
    "LOCK_MIGRATIONS",
    "MEMORY",
    "MIGRATIONS_KEY",
    "MOVE_POSITION",
    "RECORDED",
    "RECORD_MIGRATION",
    "START_CLEARING",
    "between",
    "count_edges",
    "count_nodes",
    "create_edges",
    "create_nodes",
    "create_parents",
    "declared",
    "delete_edges",
    "delete_memory_nodes",
    "delete_nodes",
    "edges",
    "fetch",
    "nearest",
    "node_types",
    "pairs",
    "relationship_types",
    "scan_edges",
    "scan_nodes",
    "strongest",
    "subtree",
    "unparent",
    "update_edges",
    "update_nodes",
]

# The memory's node. A compare-and-set takes the lock before it looks: under read committed a WHERE before the first
# write passes in two transactions at once. The lock is held to the end of the transaction, the property is not kept.

LOCK_MEMORY = """
MATCH (m:Memory {name: $name}) SET m.lock = true
WITH m REMOVE m.lock
RETURN m.position AS position, m.batch AS batch
"""
MOVE_POSITION = """
MATCH (m:Memory {name: $name}) WITH m, m.kind AS kind
SET m = $totals, m.name = $name, m.kind = kind, m.position = $position, m.batch = $batch
"""
MEMORY = "MATCH (m:Memory {name: $name}) RETURN properties(m) AS properties"
CREATE_MEMORY = "MERGE (m:Memory {name: $name}) ON CREATE SET m.kind = $kind, m.position = 0, m.batch = randomUUID()"
START_CLEARING = "MATCH (m:Memory {name: $name}) SET m.position = $clearing, m.batch = ''"
EMPTY_MEMORY = "MATCH (m:Memory {name: $name}) SET m = {name: $name, kind: m.kind, position: 0, batch: randomUUID()}"
DROP_MEMORY = "MATCH (m:Memory {name: $name}) DELETE m"

# The graph itself: which journal it was made from, and which migrations it has had.

RECORDED = """
OPTIONAL MATCH (g:Graph {id: 0})
OPTIONAL MATCH (r:Migration) WHERE r.version <> 0
WITH g, r ORDER BY r.version
RETURN g.journal AS journal, collect(r {.version, .name, .checksum}) AS migrations
"""
KEEP_JOURNAL = "MERGE (g:Graph {id: 0}) ON CREATE SET g.journal = $journal RETURN g.journal AS journal"
MIGRATIONS_KEY = "CREATE CONSTRAINT migration_version IF NOT EXISTS FOR (n:Migration) REQUIRE n.version IS UNIQUE"
LOCK_MIGRATIONS = "MERGE (m:Migration {version: 0}) SET m.lock = true"
RECORD_MIGRATION = """
MERGE (r:Migration {version: $version}) SET r.name = $name, r.checksum = $checksum, r.applied = datetime()
"""


def declared(node: Node) -> tuple[str, ...]:
    """The constraints and indexes of a label; those of this package's kinds are in its migrations."""
    kinds = {
        "key": "CREATE INDEX {name} IF NOT EXISTS FOR {label} ON (n.{by})",
        "between": "CREATE INDEX {name} IF NOT EXISTS FOR {label} ON (n.memory, n.{by}, n.id)",
        "nearest": "CREATE VECTOR INDEX {name} IF NOT EXISTS FOR {label} ON n.{by} "
        "OPTIONS {{indexConfig: {{`vector.similarity_function`: 'euclidean'}}}}",
        "unique": "CREATE CONSTRAINT {name} IF NOT EXISTS FOR {label} REQUIRE n.{by} IS UNIQUE",
    }
    keys = [("unique", by) for by in ("id", node.unique) if by]
    made = [kinds[use].format(name=f"{node.label.lower()}_{by}", label=f"(n:{node.label})", by=by) for use, by in keys]
    for index in node.indexes:
        label = _labelled(node.label, index.unless)
        made.append(kinds[index.use].format(name=f"{label.lower()}_{index.by}", label=f"(n:{label})", by=index.by))
    return tuple(made)


def _labelled(label: str, unless: str) -> str:
    """The label of those of its nodes that have no such property: an index has all nodes of a label."""
    return f"{label}Without{unless.capitalize()}" if unless else label


def _label(node: Node, names: Sequence[str], change: str = "SET") -> str:
    """Give nodes the labels of their indexes, or take them away, where one of these properties decides about it."""
    with_it, without_it = ("[]", "[n]") if change == "SET" else ("[n]", "[]")
    return "".join(
        f" FOREACH (one IN CASE WHEN ${unless}[i] IS NULL THEN {without_it} ELSE {with_it} END "
        f"| {change} one:{_labelled(node.label, unless)})"
        for unless in dict.fromkeys(index.unless for index in node.indexes if index.unless in names)
    )


def node_types(node: Node) -> dict[str, str]:
    """The columns a label can be asked for, with their types; a column that may hold None is an `object`."""
    types = {p.name: "object" if p.nullable and p.type != "floats" else str(p.type) for p in node.properties}
    return {"id": "int"} | types | ({"parent": "object"} if node.parent else {})


def relationship_types(relationship: Relationship) -> dict[str, str]:
    """The columns of a relationship type, with their types."""
    return {"source": "int", "target": "int"} | {p.name: str(p.type) for p in relationship.properties}


# Writing. `i` runs over the rows; the columns are parameters of their own names. What returns is in how many rows
# everything was there.

_ROWS = "UNWIND range(0, size($id) - 1) AS i "
_PAIRS = "UNWIND range(0, size($source) - 1) AS i "
_COUNT = "RETURN count(*) AS rows"


def _seek(variable: str, label: str, value: str, key: str = "id") -> str:
    # Without the hint a graph that has just been filled is searched by scans: the planner goes by samples of an index
    # and those of a new one say that it is empty. For the same reason the far end of a relationship never has a
    # label in a pattern (its type says what it is): a label is something that the planner could begin with.
    return f"MATCH ({variable}:{label} {{{key}: {value}}}) USING INDEX SEEK {variable}:{label}({key})"


def create_nodes(node: Node) -> str:
    """Parameters: `memory`, `id` and a column for every property."""
    values = ", ".join(f"{p.name}: ${p.name}[i]" for p in node.properties)
    labels = _label(node, [p.name for p in node.properties])
    return f"{_ROWS}CREATE (n:{node.label} {{memory: $memory, id: $id[i], {values}}}){labels} {_COUNT}"


def create_parents(node: Node) -> str:
    """Hang nodes under their parents. Parameters: `id` and `parent`."""
    return (
        f"{_ROWS}{_seek('p', node.label, '$parent[i]')} {_seek('n', node.label, '$id[i]')} "
        f"CREATE (p)-[:{node.parent}]->(n) {_COUNT}"
    )


def unparent(node: Node) -> str:
    """Take nodes from under their parents. Parameter: `id`."""
    return f"{_ROWS}{_seek('n', node.label, '$id[i]')} MATCH (n)<-[e:{node.parent}]-() DELETE e {_COUNT}"


def update_nodes(node: Node, names: Sequence[str]) -> str:
    """Set the properties `names`. Parameters: `id` and a column for each."""
    labels = _label(node, names) + _label(node, names, "REMOVE")
    return f"{_ROWS}{_seek('n', node.label, '$id[i]')} SET {_settings('n', names, node_types(node))}{labels} {_COUNT}"


def delete_nodes(node: Node) -> str:
    """Delete nodes with all their relationships. Parameter: `id`."""
    return f"{_ROWS}{_seek('n', node.label, '$id[i]')} DETACH DELETE n {_COUNT}"


def create_edges(relationship: Relationship) -> str:
    """Parameters: `source`, `target` and a column for every property."""
    values = ", ".join(f"{p.name}: ${p.name}[i]" for p in relationship.properties)
    return f"{_between(relationship)} CREATE (s)-[:{relationship.type} {{{values}}}]->(t) {_COUNT}"


def update_edges(relationship: Relationship, names: Sequence[str]) -> str:
    """Set the properties `names`. Parameters: `source`, `target` and a column for each."""
    return f"{_edge(relationship)} SET {_settings('e', names, relationship_types(relationship))} {_COUNT}"


def delete_edges(relationship: Relationship) -> str:
    """Parameters: `source` and `target`."""
    return f"{_edge(relationship)} DELETE e {_COUNT}"


def _edge(relationship: Relationship) -> str:
    # Both ends are sought first, and the server looks from the one with fewer relationships: a source (the context of
    # nothing) may have every word of the memory on its other side, a target (the symbol `a`) every concept. A planner
    # that takes the graph for empty would read all of the source's: nothing is moved across a SKIP.
    return f"{_between(relationship)} WITH i, s, t SKIP 0 MATCH (s)-[e:{relationship.type}]->(t)"


def _between(relationship: Relationship) -> str:
    return f"{_PAIRS}{_seek('s', relationship.source, '$source[i]')} {_seek('t', relationship.target, '$target[i]')}"


def _settings(variable: str, names: Sequence[str], known: dict[str, str]) -> str:
    if unknown := set(names) - set(known):
        raise KeyError(f"not in the schema: {sorted(unknown)}")
    return ", ".join(f"{variable}.{name} = ${name}[i]" for name in names)


def _after(variable: str, label: str, bound: str) -> str:
    return (
        f"MATCH ({variable}:{label}) USING INDEX SEEK {variable}:{label}(id) "
        f"WHERE {variable}.id {bound} AND {variable}.memory = $memory"
    )


def delete_memory_nodes(node: Node) -> str:
    """Delete the next `rows` nodes of a memory after the id `after`; returns the last id, null when none was left."""
    return (
        f"{_after('n', node.label, '> $after')} "
        "WITH n, n.id AS id ORDER BY id LIMIT $rows DETACH DELETE n RETURN max(id) AS last"
    )


# Reading: one record of columns.


def fetch(node: Node, by: str, columns: Sequence[str]) -> str:
    """Nodes by `id`, by a key of the label or by their `parent`. Parameters: `memory`, `keys`."""
    node.check_key(by)
    if by == "parent":
        found = f"{_seek('p', node.label, 'key')} MATCH (p)-[:{node.parent}]->(n)"
    else:
        found = _seek("n", node.label, "key", by)
    return f"UNWIND $keys AS key {found} WHERE n.memory = $memory{_part(node)} {_columns(node, columns)}"


def subtree(node: Node, columns: Sequence[str]) -> str:
    """All nodes below `roots`. Parameters: `memory`, `keys`."""
    node.check_key("parent")
    return (
        f"UNWIND $keys AS key {_seek('p', node.label, 'key')} MATCH (p)-[:{node.parent}*1..]->(n) "
        f"WHERE n.memory = $memory{_part(node)} WITH DISTINCT n {_columns(node, columns)}"
    )


def scan_nodes(node: Node, columns: Sequence[str]) -> str:
    """The next `rows` nodes of a memory after the id `after`, in order."""
    after = _after("n", node.label, "> $after")
    return f"{after}{_part(node)} WITH n ORDER BY n.id LIMIT $rows {_columns(node, columns)}"


def _part(node: Node) -> str:
    """What more a node must be that shares its label with another one."""
    lacking = f" AND n.{node.lacking} IS NULL" if node.lacking else ""
    return lacking + (f" AND n.{node.having} IS NOT NULL" if node.having else "")


def _columns(node: Node, columns: Sequence[str]) -> str:
    # Values are taken from collected nodes and not collected themselves: collect() leaves nulls out.
    known = node_types(node)
    if unknown := set(columns) - set(known):
        raise KeyError(f"not in the schema: {sorted(unknown)}")
    above = f"head([(n)<-[:{node.parent}]-(p) | p.id])"
    values = (f"[n IN found | {above if c == 'parent' else f'n.{c}'}] AS {c}" for c in columns)
    return f"WITH collect(n) AS found RETURN {', '.join(values)}"


def edges(relationship: Relationship) -> str:
    """All relationships out of sources. Parameters: `memory`, `keys`."""
    return (
        f"UNWIND $keys AS key {_seek('s', relationship.source, 'key')} WHERE s.memory = $memory "
        f"MATCH (s)-[e:{relationship.type}]->(t) "
        f"WITH e, key AS source, t.id AS target {_edge_columns(relationship)}"
    )


def between(node: Node, by: str, columns: Sequence[str]) -> str:
    """Nodes in the order of a property and their id. Parameters: `memory`, `low`, `high`, `most`."""
    if by != "id":
        check_index(node, "between", by)
    # By the constraint on id, or by an index on (memory, property, id), which also has the order.
    index = "id" if by == "id" else f"memory, {by}, id"
    ordered = "n.id" if by == "id" else f"n.memory, n.{by}, n.id"
    return (
        f"MATCH (n:{node.label}) USING INDEX SEEK n:{node.label}({index}) WHERE n.memory = $memory "
        f"AND n.{by} >= $low AND n.{by} <= $high AND n.id IS NOT NULL{_part(node)} "
        f"WITH n ORDER BY {ordered} LIMIT $most {_columns(node, columns)}"
    )


def strongest(relationship: Relationship, by: str) -> str:
    """Of each source the first relationships. Parameters: `memory`, `keys`, `most`."""
    check_index(relationship, "strongest", by)
    return (
        f"UNWIND $keys AS key {_seek('s', relationship.source, 'key')} WHERE s.memory = $memory "
        f"CALL (s) {{ MATCH (s)-[e:{relationship.type}]->(t) RETURN e, t.id AS target "
        f"ORDER BY e.{by} DESC, target LIMIT $most }} "
        f"WITH e, key AS source, target {_edge_columns(relationship)}"
    )


def pairs(relationship: Relationship) -> str:
    """Relationships between pairs. Parameters: `source`, `target`."""
    return f"{_edge(relationship)} WITH e, $source[i] AS source, $target[i] AS target {_edge_columns(relationship)}"


def nearest(node: Node) -> str:
    """Nodes of a memory that the index of their vectors finds near to one. Parameters: `memory`, `vector`, `most`."""
    by = check_index(node, "nearest")
    unless = next(index.unless for index in node.indexes if (index.use, index.by) == ("nearest", by))
    index = f"{_labelled(node.label, unless).lower()}_{by}"
    return (
        f"CALL db.index.vector.queryNodes('{index}', $most, $vector) YIELD node "
        "WITH count(*) AS seen, collect(CASE WHEN node.memory = $memory THEN node.id END) AS id RETURN seen, id"
    )


def scan_edges(relationship: Relationship) -> str:
    """The next `rows` relationships of a memory after (`source`, `target`), in order."""
    # The sources are put in order before they are expanded: so a page sorts no more than what it returns.
    return (
        f"{_after('s', relationship.source, '>= $source')} "
        "WITH s, s.id AS source ORDER BY source "
        f"MATCH (s)-[e:{relationship.type}]->(t) WHERE source > $source OR t.id > $target "
        f"WITH e, source, t.id AS target ORDER BY source, target LIMIT $rows {_edge_columns(relationship)}"
    )


def _edge_columns(relationship: Relationship) -> str:
    properties = "".join(f", [e IN found | e.{p.name}] AS {p.name}" for p in relationship.properties)
    return (
        "WITH collect(source) AS source, collect(target) AS target, collect(e) AS found "
        f"RETURN source, target{properties}"
    )


def count_nodes(label: str) -> str:
    return f"MATCH (n:{label}) RETURN count(n) AS n"


def count_edges(relationship: Relationship) -> str:
    return f"MATCH (:{relationship.source})-[e:{relationship.type}]->() RETURN count(e) AS n"
