"""XML read as a stream, one record at a time: no document types, no entities, bounded depth and memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from schedrisk.errors import Problem, ProblemsError, shown
from schedrisk.io.decoding import FormatError

__all__ = ["XmlElement", "XmlFaultsError", "xml_records"]

CHUNK = 65_536
DEEPEST = 64
MOST_ELEMENTS = 200_000  # of one record
LONGEST_TEXT = 1_000_000  # of one element


class XmlFaultsError(FormatError):
    """Every fault that was found in an XML document."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.row = self.column = None
        ProblemsError.__init__(self, problems)


@dataclass(slots=True)
class XmlElement:
    """An element without its attributes.

    Attributes
    ----------
    name : str
        Without its namespace.
    line : int
        Where it begins.
    text : str
        What it holds beside other elements, without blanks at the ends.
    children : list of XmlElement
    """

    name: str
    line: int
    text: str = ""
    children: list[XmlElement] = field(default_factory=list)

    def find(self, *path: str) -> XmlElement | None:
        """Return the first element at a path of names, None where there is none."""
        here: XmlElement | None = self
        for name in path:
            here = next((each for each in here.children if each.name == name), None) if here else None
        return here

    def get(self, *path: str) -> str | None:
        """Return the text at a path of names; None where there is none or it is blank."""
        found = self.find(*path)
        return (found.text or None) if found else None

    def all(self, *path: str) -> list[XmlElement]:
        """Return every element at a path of names."""
        here = [self]
        for name in path:
            here = [child for each in here for child in each.children if child.name == name]
        return here


def xml_records(
    data: bytes, root: str, collections: Collection[str], wanted: Collection[str], *, other_roots: dict[str, str]
) -> Iterator[tuple[str, XmlElement]]:
    """Yield the children of the root that hold a value, and the records of its collections, one by one.

    What has been yielded is forgotten, so that a document of any length takes the memory of its largest record.

    Parameters
    ----------
    data : bytes
    root : str
        Name of the outermost element.
    collections : collection of str
        Names of the root's children whose children are records. Other children with parts of their own are left out.
    wanted : collection of str
        Names of the parts of a record that are kept, on whatever level.
    other_roots : dict of str to str
        What to do about documents of other kinds, by the name of their outermost element.

    Yields
    ------
    collection : str
        Empty for a child of the root that holds a value.
    element : XmlElement

    Raises
    ------
    FormatError
        At the first fault of the XML, with line and column.

    Examples
    --------
    >>> data = b"<Project><Name>site</Name><Tasks><Task><UID>1</UID></Task></Tasks></Project>"
    >>> [(where, each.name) for where, each in xml_records(data, "Project", {"Tasks"}, {"UID"}, other_roots={})]
    [('', 'Name'), ('Tasks', 'Task')]
    """
    reading = _Reading(root, frozenset(collections), frozenset(wanted), other_roots)
    parser = reading.parser
    for start in range(0, max(len(data), 1), CHUNK):
        chunk = data[start : start + CHUNK]
        try:
            parser.Parse(chunk, start + CHUNK >= len(data))
        except FormatError:
            raise
        except expat.ExpatError as error:
            raise _syntax_fault(error, data) from None
        except (LookupError, ValueError) as error:  # an encoding that Python does not know, or cannot give to expat
            remedy = "save the file as UTF-8"
            raise FormatError(
                f"an encoding that cannot be read ({error})", "UTF-8 or UTF-16", 1, remedy=remedy
            ) from None
        yield from reading.taken()


def _syntax_fault(error: expat.ExpatError, data: bytes) -> FormatError:
    if not data.strip():
        return FormatError("an empty file", "XML")
    reason = expat.errors.messages[error.code]
    cut = {expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN}
    remedy = (
        "the file seems to be cut off; save it again" if reason in cut else "save it again with the tool that made it"
    )
    return FormatError(f"broken XML ({reason})", "well-formed XML", error.lineno, error.offset + 1, remedy)


class _Reading:
    """Builds one record at a time from the parser's events."""

    def __init__(
        self, root: str, collections: frozenset[str], wanted: frozenset[str], other_roots: dict[str, str]
    ) -> None:
        self.root, self.collections, self.wanted, self.other_roots = root, collections, wanted, other_roots
        self.done: deque[tuple[str, XmlElement]] = deque()
        self.open: list[XmlElement] = []  # from the record, or the root's child, downwards
        self.collection = ""
        self.depth = 0
        self.skipped = 0  # depth of the element that is being left out
        self.size = self.length = 0
        self.texts: list[str] = []
        self.parser = parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        parser.StartDoctypeDeclHandler = self.doctype

    def taken(self) -> Iterator[tuple[str, XmlElement]]:
        while self.done:
            yield self.done.popleft()

    def fault(self, found: str, expected: str, remedy: str = "") -> FormatError:
        parser = self.parser
        return FormatError(found, expected, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1, remedy)

    def doctype(self, *_: object) -> None:
        remedy = "take the DOCTYPE out; no scheduling tool writes one"
        raise self.fault("a document type declaration", "XML without DTD and entities", remedy)

    def start(self, tag: str, _: object) -> None:
        name = tag.rpartition("}")[2]
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.fault(f"elements nested {self.depth} deep", f"at most {DEEPEST}")
        if self.depth == 1:
            self.check_root(name)
        elif self.skipped:
            return
        elif self.depth == 2 and name in self.collections:
            self.collection = name
        elif self.open and name not in self.wanted:
            self.skipped = self.depth
        elif self.depth > 1:
            self.open_element(name)

    def check_root(self, name: str) -> None:
        if name != self.root:
            remedy = self.other_roots.get(name, "")
            raise self.fault(f"the root element {shown(name)}", f"the root element {self.root!r}", remedy)

    def open_element(self, name: str) -> None:
        if not self.open:
            self.size = 0
        self.size += 1
        if self.size > MOST_ELEMENTS:
            raise self.fault(f"more than {MOST_ELEMENTS:,} elements in one {self.open[0].name}", "fewer")
        element = XmlElement(name, self.parser.CurrentLineNumber)
        if self.open:
            self.open[-1].children.append(element)
        self.open.append(element)
        self.texts, self.length = [], 0

    def characters(self, text: str) -> None:
        if self.open and not self.skipped:
            self.length += len(text)
            if self.length > LONGEST_TEXT:
                raise self.fault(f"a text longer than {LONGEST_TEXT:,} signs", "shorter texts")
            self.texts.append(text)

    def end(self, _: str) -> None:
        self.depth -= 1
        if self.skipped:
            if self.depth < self.skipped:
                self.skipped = 0
        elif self.open:
            element = self.open.pop()
            if not element.children:
                element.text = "".join(self.texts).strip()
            self.texts, self.length = [], 0
            if not self.open and (self.collection or not element.children):
                self.done.append((self.collection, element))
        elif self.depth == 1:
            self.collection = ""
