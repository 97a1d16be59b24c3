"""Files that trireme wrote, as trees, and edits of them that know the line they touch."""
import copy
import dataclasses
import functools
import json
import pathlib
import re

DROP = object()  # as a value: the key, or the item, goes
PLAIN = re.compile(r"(?!(?:true|false|null|yes|no|on|off)$)[A-Za-z][A-Za-z0-9._/-]*$", re.I)


@dataclasses.dataclass(frozen=True)
class Edit:
    """A fault at one place of a file, and where a finding must point."""
    values: dict  # path: value that is put there
    at: tuple = ()  # path in the edited tree whose line must be reported; empty: the first of `values`
    says: str = ""  # instead of `at`: text of the reported line, in whichever file of the deployment
    remedy: str = ""  # text that the remedy must hold
    text: str = ""  # instead of `values`: the whole file, for faults that no tree can hold
    line: int = 0  # with `text`


@dataclasses.dataclass
class Document:
    """One file of a deployment."""
    path: pathlib.Path
    kind: str
    text: str
    tree: object
    deployment: "Deployment"

    def __getitem__(self, path):
        return functools.reduce(lambda node, key: node[key], path, self.tree)

    def has(self, path) -> bool:
        try:
            self[path]
            return True
        except (KeyError, IndexError, TypeError):
            return False

    def each(self, pattern: str, start: tuple = ()) -> list[tuple]:
        """Paths that a dotted pattern matches below `start`; "*" stands for every key or item."""
        paths = [start] if self.has(start) else []
        for part in filter(None, pattern.split(".")):
            paths = [path + (key,) for path in paths for key in _keys(self[path], part)]
        return paths

    def of_type(self, kind: str, pattern: str = "") -> list[tuple]:
        """The same below Properties of each resource of a type."""
        return [path for name, resource in self.tree["Resources"].items() if resource["Type"] == kind
                for path in self.each(pattern, ("Resources", name, "Properties"))]

    def render(self, edit: Edit) -> tuple[str, int]:
        """The edited file, and the line that a finding must report; 0 when `says` tells it."""
        if edit.text:
            return edit.text, edit.line
        tree = copy.deepcopy(self.tree)
        for path, value in edit.values.items():
            owner = functools.reduce(lambda node, key: node[key], path[:-1], tree)
            if value is DROP:
                del owner[path[-1]]
            elif isinstance(owner, list) and path[-1] == len(owner):
                owner.append(value)
            else:
                owner[path[-1]] = value
        text, lines = write(tree, self.kind)
        return text, 0 if edit.says else lines[edit.at or next(iter(edit.values))]


@dataclasses.dataclass
class Deployment:
    """What one description makes: files that are judged together."""
    name: str
    region: str
    documents: list[Document] = dataclasses.field(default_factory=list)


def _keys(node, part: str) -> list:
    if isinstance(node, dict):
        return list(node) if part == "*" else [part] if part in node else []
    if isinstance(node, list):
        return list(range(len(node))) if part == "*" else []
    return []


def write(tree, kind: str) -> tuple[str, dict]:
    """The text of a tree, one value a line, as trireme lays it out; and the line of each path."""
    out, lines = [], {}
    if kind == "pcluster":
        _write_yaml(tree, "", (), out, lines)
    else:
        _write_json(tree, "", (), out, lines)
    return "\n".join(out) + "\n", lines


def _write_json(node, indent, path, out, lines, prefix="", suffix=""):
    lines[path] = len(out) + 1
    if not isinstance(node, (dict, list)) or not node:
        out.append(f"{indent}{prefix}{json.dumps(node, ensure_ascii=False)}{suffix}")
        return
    named = isinstance(node, dict)
    out.append(f"{indent}{prefix}{'{' if named else '['}")
    items = list(node.items() if named else enumerate(node))
    for i, (key, item) in enumerate(items):
        _write_json(item, indent + "  ", path + (key,), out, lines, f"{json.dumps(key)}: " if named else "",
                    "," if i + 1 < len(items) else "")
    out.append(f"{indent}{'}' if named else ']'}{suffix}")


def _write_yaml(node, indent, path, out, lines):
    named = isinstance(node, dict)
    for key, item in node.items() if named else enumerate(node):
        here = path + (key,)
        begin = len(out)
        lines[here] = begin + 1
        if not isinstance(item, (dict, list)):
            out.append(f"{indent}{key}: {_scalar(item)}" if named else f"{indent}- {_scalar(item)}")
        elif named:
            out.append(f"{indent}{key}:")
            _write_yaml(item, indent + "  ", here, out, lines)
        else:
            _write_yaml(item, indent + "  ", here, out, lines)
            out[begin] = f"{indent}- {out[begin][len(indent) + 2:]}"


def _scalar(value) -> str:
    return value if isinstance(value, str) and PLAIN.match(value) else json.dumps(value, ensure_ascii=False)
