"""From a text to its terms: words without case and endings, and without those that only hold a sentence together.

Words are Unicode's (UAX #29), folded (NFKC, case), and stemmed by Snowball, so `Running` and `runs` are one term. It is
pure: the same text has the same terms on every machine with the same `snowballstemmer`.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from typing import Any
from unicodedata import category, normalize

from ..checks import shown
from ..errors import BadInput
from ..kit.texts import did_you_mean
from ..kit.words import cut

__all__ = ["LANGUAGES", "LONGEST_TERM", "NO_LANGUAGE", "STOPPED", "checked_language", "terms"]

NO_LANGUAGE = "none"
"""Words are taken as they are, without a stemmer."""
LANGUAGES = tuple(
    """arabic armenian basque catalan danish dutch english esperanto estonian finnish french german greek hindi
    hungarian indonesian irish italian lithuanian nepali norwegian portuguese romanian russian serbian spanish swedish
    tamil turkish yiddish""".split()
)
"""Those that have a stemmer."""
LONGEST_TERM = 100
"""Characters of a term at most: a longer word is no word of any language, and an index must take it."""
_CACHED = 2**16
"""Words whose terms are remembered: a stem takes 20 times as long as finding it again."""

_ENGLISH = frozenset(
    """a an the this that these those
    i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers
    herself it its itself they them their theirs themselves one ones someone something anyone anything everyone
    everything nobody nothing
    who whom whose which what when where why how whoever whatever whenever wherever
    am is are was were be been being have has had having do does did doing done will would shall should can could
    might must ought ca wo sha ai
    about above across after against along among around as at before behind below beneath beside besides between beyond
    by despite down during except for from in inside into like near of off on onto out outside over past since through
    throughout till to toward towards under until up upon via with within without
    and but or nor so yet if because although though while whereas unless whether than then else
    not no yes all any both each either every few many more most much neither none other others own same several some
    such there here too very just also only even still again ever never
    s t d m ll re ve""".split()
)
STOPPED = {"english": _ENGLISH}
"""Function words by language: closed classes (articles, pronouns, prepositions, conjunctions, auxiliaries, quantifiers,
question words), with what is left of contractions; not `may`, which is a month as well. Other languages have none: rare
words outweigh theirs all the same."""

_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc`", "'"))


def terms(text: str, language: str = "english", stop_words: bool = True) -> dict[str, int]:
    """The terms of a text and how often each is in it, in the order in which they come first.

    A word has a letter or a digit. A text may have none: an empty one, or one of stop words only.

    Parameters
    ----------
    language
        Whose endings are cut off: one of `LANGUAGES`, or `none`.
    stop_words
        Whether the language's function words are left out, where there is a list (`STOPPED`).

    Raises
    ------
    BadInput
        No such language.

    Examples
    --------
    >>> terms("She's been running; he runs the café's Run-Club.")
    {'run': 3, 'café': 1, 'club': 1}
    >>> terms("The Straße, the STRASSE", "none", stop_words=False)
    {'the': 2, 'strasse': 2}
    """
    counts: dict[str, int] = {}
    for word in cut(_folded(text)):
        if term := _term(word, language, stop_words):
            counts[term] = counts.get(term, 0) + 1
    return counts


def checked_language(language: Any) -> str:
    """The name of a language whose endings can be cut off, or `none`; BadInput otherwise."""
    if language == NO_LANGUAGE or language in LANGUAGES:
        return str(language)
    like = did_you_mean(language, [*LANGUAGES, NO_LANGUAGE]) if isinstance(language, str) else ""
    raise BadInput(f"language must be {', '.join(LANGUAGES)} or {NO_LANGUAGE}, not {shown(language)}{like}")


def _folded(text: str) -> str:
    """A text without differences of case, width and form."""
    folded = text.lower() if text.isascii() else normalize("NFKC", normalize("NFKC", text).casefold())
    return folded.translate(_APOSTROPHES)


@lru_cache(_CACHED)
def _term(word: str, language: str, stop_words: bool) -> str:
    """The term of a folded word; none (empty) where it is punctuation or a stop word."""
    if not word.isalnum():
        # Marks that are not seen, such as a soft hyphen, belong to no term.
        word = word if word.isascii() else "".join(character for character in word if category(character) != "Cf")
        if not any(map(str.isalnum, word)):
            return ""
    if stop_words and _stem_of_contraction(word) in STOPPED.get(language, ()):
        return ""
    return _stem(word[:LONGEST_TERM], language)[:LONGEST_TERM] or word[:LONGEST_TERM]


def _stem_of_contraction(word: str) -> str:
    """What comes before `'s`, `'ll` or `n't`."""
    return word[:-3] if word.endswith("n't") else word.partition("'")[0]


def _stem(word: str, language: str) -> str:
    if language == NO_LANGUAGE or len(word) < 2 or (word.isascii() and not word.replace("'", "").isalpha()):
        return word  # nor has a number, an address, a version any ending
    # A new one each time, which costs nothing: a stemmer is no good to two threads.
    stemmed: str = _stemmer(language)().stemWord(word)
    return stemmed


@cache
def _stemmer(language: str) -> Any:
    # By its module: `snowballstemmer.stemmer` takes PyStemmer where that is installed, which may cut otherwise.
    module = import_module(f"snowballstemmer.{checked_language(language)}_stemmer")
    return getattr(module, f"{language.title()}Stemmer")
