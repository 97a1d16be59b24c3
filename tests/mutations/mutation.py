"""What a mutation is: a fault that people really make, and the rules that must report it."""
import dataclasses
from collections.abc import Callable, Iterable

from documents import Document, Edit

MUTATIONS: dict[str, "Mutation"] = {}


@dataclasses.dataclass(frozen=True)
class Mutation:
    name: str
    rules: tuple[str, ...]  # one of them must report it
    level: str
    kinds: tuple[str, ...]  # of the files that it is made in
    edits: Callable[[Document], Iterable[Edit]]  # one for each place of a file


def mutation(*rules: str, level: str = "error", kinds=("cloudformation",)):
    """Registers the function's name as a mutation; it yields an Edit for each place that a document has for it."""
    def register(edits):
        name = edits.__name__
        if name in MUTATIONS:
            raise ValueError(f"two mutations are called {name}")
        MUTATIONS[name] = Mutation(name, rules, level, tuple(kinds), edits)
        return edits
    return register


def put(document: Document, paths, value, **more):
    """An edit for each path: the value, or what a function of the old one gives."""
    for path in paths:
        yield Edit({path: value(document[path]) if callable(value) else value}, **more)


def uses(deployment, kind: str) -> bool:
    return any(document.kind == kind for document in deployment.documents)


def resource(kind: str, **properties):
    return {"Type": kind, "Properties": properties}
