"""The questions of docs/cookbook.md: each with its Cypher, and a word on it where one is needed."""

from __future__ import annotations

__all__ = ["RECIPES"]

RECIPES: dict[str, tuple[tuple[str, str], ...]] = {
    "What is there": (
        (
            "Which memories are there, and how large are they?",
            "MATCH (m:Memory) RETURN m.name, m.kind, m.samples, m.symbols, m.concepts, m.contexts, m.synapses",
        ),
        (
            "What does the memory know about `ann`?",
            """MATCH (c:Concept {text: 'ann'})
OPTIONAL MATCH (c)-[:ABSTRACTS]->(d)
RETURN c.chain, c.at, c.r_level, c.count, count(d) AS children
ORDER BY c.chain, c.at""",
        ),
        (
            "Which symbols were learned, and how often?",
            "MATCH (a:Atom) RETURN a.symbol, a.count ORDER BY a.count DESC, a.symbol LIMIT 8",
        ),
        (
            "Which names have `nn` in them?",
            """MATCH (c:Concept {chain: 'prefix'}) WHERE c.text CONTAINS 'nn' AND c.text ENDS WITH '␃'
RETURN c.text, c.count ORDER BY c.count DESC, c.text LIMIT 6""",
        ),
        (
            "Which names were learned more than once?",
            """MATCH (c:Concept {chain: 'prefix'}) WHERE c.text ENDS WITH '␃' AND c.count > 1
RETURN count(c) AS names, sum(c.count) AS samples, max(c.count) AS most""",
        ),
    ),
    "The tree of concepts": (
        (
            "What are the children of the concept `em`?",
            """MATCH (c:Concept {chain: 'prefix', text: 'em'})-[:ABSTRACTS]->(child)
RETURN child.text, child.count, child.r_level ORDER BY child.count DESC, child.text""",
        ),
        (
            "Which concepts of r_level 2 stand for the most samples?",
            """MATCH (c:Concept {chain: 'prefix', r_level: 2})
RETURN c.text, c.count ORDER BY c.count DESC, c.text LIMIT 8""",
        ),
        (
            "What do `emma` and `emily` share? (The longest concept above both.)",
            """MATCH (a:Concept {text: 'emma␃'})<-[:ABSTRACTS*]-(c)-[:ABSTRACTS*]->(b:Concept {text: 'emily␃'})
RETURN c.text, c.count, c.r_level""",
        ),
        (
            "How is `emmaline` abstracted, from the most general on?",
            """MATCH (c:Concept)-[:ABSTRACTS*0..]->(:Concept {text: 'emmaline␃'})
RETURN c.r_level, c.text, c.count ORDER BY c.r_level""",
        ),
        (
            "How far apart are two names in the tree?",
            """MATCH p = shortestPath((a:Concept {text: 'emma␃'})-[:ABSTRACTS*]-(b:Concept {text: 'emilio␃'}))
RETURN length(p) AS steps, [n IN nodes(p) | n.text] AS way""",
        ),
        (
            "Which names are closest to `emma`? (They hang under the same concept.)",
            """MATCH (:Concept {text: 'emma␃'})<-[:ABSTRACTS]-(parent)-[:ABSTRACTS]->(sibling)
RETURN parent.text, sibling.text, sibling.count ORDER BY sibling.text""",
        ),
        (
            "Which concepts branch most?",
            """MATCH (c:Concept {chain: 'prefix'})-[:ABSTRACTS]->(child)
WITH c, count(child) AS children WHERE c.r_level > 0
RETURN c.text, children, c.count ORDER BY children DESC, c.count DESC, c.text LIMIT 6""",
        ),
        (
            "How many concepts are on each r_level?",
            """MATCH (c:Concept {chain: 'prefix'})
RETURN c.r_level, count(*) AS concepts, sum(c.count) AS samples ORDER BY c.r_level""",
        ),
        (
            "Which path of abstraction is the deepest?",
            """MATCH (c:Concept {chain: 'prefix'}) WITH c ORDER BY c.r_level DESC, c.text LIMIT 1
MATCH (a:Concept)-[:ABSTRACTS*0..]->(c)
RETURN a.r_level, a.text, a.count ORDER BY a.r_level""",
        ),
    ),
    "Synapses": (
        (
            "What follows `em`, and how strongly?",
            """MATCH (c:Concept {chain: 'suffix', text: 'em'})-[s:SYNAPSE]->(a:Atom)
RETURN a.symbol, s.weight, s.fired, s.weight / c.mass AS share ORDER BY s.weight DESC, a.symbol""",
        ),
        (
            "What follows `em` at the beginning of a name only?",
            """MATCH (c:Concept {chain: 'suffix', text: '␂em'})-[s:SYNAPSE]->(a:Atom)
RETURN a.symbol, s.weight, s.fired ORDER BY s.weight DESC, a.symbol""",
        ),
        (
            "Which endings are the surest? (Three symbols that mostly end a name.)",
            """MATCH (c:Concept {chain: 'suffix', length: 3})-[s:SYNAPSE]->(:Atom {symbol: '␃'})
WHERE s.fired >= 20
RETURN c.text, s.fired, c.count, s.fired * 1.0 / c.count AS share ORDER BY share DESC, s.fired DESC, c.text LIMIT 6""",
        ),
        (
            "Which synapses surprise: fired often, and still weak?",
            """MATCH (c:Concept)-[s:SYNAPSE]->(a:Atom) WHERE s.fired >= 100 AND c.length > 0
RETURN c.chain, c.at, c.text, a.symbol, s.fired, s.weight, s.weight / s.fired AS kept
ORDER BY kept, s.fired DESC, c.text LIMIT 6""",
        ),
        (
            "Which synapses inhibit?",
            """MATCH (c:Concept {chain: 'suffix'})-[s:SYNAPSE]->(a:Atom) WHERE s.weight < 0
RETURN c.text, a.symbol, s.weight, s.fired ORDER BY s.weight, c.text LIMIT 6""",
        ),
        (
            "After which contexts is the next symbol certain?",
            """MATCH (c:Concept {chain: 'suffix'})-[s:SYNAPSE]->(a:Atom) WHERE c.count >= 25 AND c.count = s.fired
RETURN c.text, a.symbol, s.fired ORDER BY s.fired DESC, c.text LIMIT 6""",
        ),
        (
            "After which contexts is it most open?",
            """MATCH (c:Concept {chain: 'suffix'})-[s:SYNAPSE]->(:Atom)
WITH c, count(s) AS followers WHERE c.length = 2
RETURN c.text, followers, c.count ORDER BY followers DESC, c.count DESC, c.text LIMIT 6""",
        ),
        (
            "How many synapses have contexts?",
            """MATCH (c:Concept)-[s:SYNAPSE]->(:Atom) WITH c, count(s) AS degree
RETURN degree, count(*) AS contexts ORDER BY degree LIMIT 8""",
        ),
        (
            "What is known of the third symbol, whatever came before?",
            """MATCH (c:Concept {chain: 'position', at: 3, length: 0})-[s:SYNAPSE]->(a:Atom)
RETURN a.symbol, s.fired, s.weight ORDER BY s.fired DESC, a.symbol LIMIT 5""",
        ),
    ),
    "When and whence": (
        (
            "How did the memory grow?",
            """MATCH (s:Session)
RETURN s.number, s.first, s.last, s.learned, s.unlearned, s.weakened ORDER BY s.number""",
        ),
        (
            "What did each source teach, and what of it is left?",
            "MATCH (s:Source) RETURN s.name, s.learned, s.unlearned, s.samples, s.first, s.last ORDER BY s.name",
        ),
        (
            "Which sources taught the concept `em`?",
            """MATCH (:Concept {chain: 'prefix', text: 'em'})-[:ABSTRACTS*0..]->(leaf)-[t:TAUGHT_BY]->(s:Source)
RETURN s.name, count(leaf) AS names, sum(t.samples) AS samples ORDER BY s.name""",
        ),
        (
            "Which names did both files teach?",
            """MATCH (c:Concept)-[:TAUGHT_BY]->(s:Source) WITH c, count(s) AS sources WHERE sources > 1
RETURN count(c) AS names, min(c.text) AS first, max(c.text) AS last""",
        ),
        (
            "Which names that begin with `em` did only `male.txt` teach?",
            """MATCH (c:Concept {chain: 'prefix'})-[:TAUGHT_BY]->(:Source {name: 'male.txt'})
WHERE c.text STARTS WITH 'em' AND NOT EXISTS { (c)-[:TAUGHT_BY]->(:Source {name: 'female.txt'}) }
RETURN c.text ORDER BY c.text""",
        ),
        (
            "When was the concept `em` born, and when did it fire last? (Positions in the journal.)",
            """MATCH (c:Concept {chain: 'prefix', text: 'em'})-[:ABSTRACTS*0..]->(leaf)-[t:TAUGHT_BY]->()
RETURN c.text, min(t.first) AS born, max(t.last) AS last_fired""",
        ),
        (
            "Which concepts were born in the second session?",
            """MATCH (s:Session {number: 2}) WITH s.first AS first, s.last AS last
MATCH (c:Concept {chain: 'prefix'})-[:ABSTRACTS*0..]->(leaf)-[t:TAUGHT_BY]->()
WITH c, min(t.first) AS born, first, last WHERE born >= first AND born <= last
RETURN c.r_level, count(c) AS concepts ORDER BY c.r_level""",
        ),
        (
            "Which of them stand for the most samples?",
            """MATCH (s:Session {number: 2}) WITH s.first AS first, s.last AS last
MATCH (c:Concept {chain: 'prefix'})-[:ABSTRACTS*0..]->(leaf)-[t:TAUGHT_BY]->()
WITH c, min(t.first) AS born, first, last WHERE born >= first AND born <= last
RETURN c.text, c.count, born ORDER BY c.count DESC, c.text LIMIT 6""",
        ),
        (
            "What was unlearned, by which session?",
            "MATCH (s:Session) WHERE s.unlearned > 0 RETURN s.number, s.unlearned, s.first, s.last ORDER BY s.number",
        ),
    ),
    "What the memory trusts": (
        (
            "How much does each view count, by which views speak?",
            """MATCH (g:Gate {what: 'present'})-[t:TRUSTS]->(v:View)
RETURN g.said AS speaking, v.name AS view, t.weight AS weight ORDER BY g.at, v.number""",
        ),
        (
            "When is a view trusted more than otherwise, when less?",
            """MATCH (g:Gate {what: 'confidence'})-[t:TRUSTS]->(v:View)
RETURN v.name AS view, g.said AS its_context, t.weight AS more ORDER BY t.weight DESC, v.number, g.at LIMIT 6""",
        ),
        (
            "How much of what it heard does a context leave to its abstraction?",
            """MATCH (d:Depth)-[:OF_VIEW]->(v:View)
RETURN v.name AS view, d.depth AS depth, d.discount AS discount, d.strength AS strength ORDER BY v.number, d.depth""",
        ),
    ),
}
