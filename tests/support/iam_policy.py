"""Does an IAM policy allow what an account was asked for? Looks at actions, and at resources where a call tells them."""
import fnmatch
import json
import pathlib

from scripted_aws import ROOT, ScriptedAws

RESOURCE_TYPES = ROOT / "tests/support/scripted_aws/resource_types.tsv"
# Actions on s3 that act on an object; the others act on its bucket.
OBJECT_ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion")


def union(paths) -> dict:
    """The statements of several policy files as one policy."""
    documents = [json.loads(pathlib.Path(path).read_text()) for path in paths]
    return {"Version": "2012-10-17", "Statement": [each for document in documents for each in document["Statement"]]}


def _texts(value) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def allows(policy: dict, action: str, resource: str, region: str) -> bool:
    """Conditions other than on the region are taken to hold."""
    def holds(statement):
        wanted = statement.get("Condition", {}).get("StringEquals", {}).get("aws:RequestedRegion", region)
        return (any(fnmatch.fnmatchcase(action.lower(), each.lower()) for each in _texts(statement["Action"]))
                and any(fnmatch.fnmatchcase(resource, each) for each in _texts(statement["Resource"]))
                and region in _texts(wanted))
    return any(statement["Effect"] == "Allow" and holds(statement) for statement in policy["Statement"])


def _first(value):
    return value[0] if isinstance(value, list) else value


def _as_aws_names_it(arn: str) -> str:
    """The scripted AWS leaves capitals in names that S3 and RDS write in small letters."""
    return arn.lower() if arn.split(":")[2] in ("s3", "rds") else arn


def call_resources(call: dict, world: dict):
    """(action, ARN) of a logged call, for the services whose parameters name the resource."""
    place = f"{world['partition']}:{{}}:{world['region']}:{world['account']}"
    given = {name: _first(value) for name, value in call["parameters"].items()}
    for action in call["iam"]:
        service = action.split(":")[0]
        stack = given.get("stack-name") or given.get("cluster-name")
        if service == "cloudformation" and stack:
            yield action, f"arn:{place.format('cloudformation')}:stack/{stack}/00000000"
        elif service == "ssm" and call["service"] == "ssm":
            yield action, f"arn:{place.format('ssm')}:parameter{given['name']}"
        elif service == "logs" and call["service"] == "logs" and ("log-group-name" in given or "resource-arn" in given):
            name = given.get("log-group-name") or given["resource-arn"].split(":log-group:")[1]
            yield action, f"arn:{place.format('logs')}:log-group:{name}"
        elif service == "s3" and call["service"] == "s3api" and "bucket" in given:
            key = f"/{given.get('key', 'any')}" if action in OBJECT_ACTIONS else ""
            yield action, _as_aws_names_it(f"arn:{world['partition']}:s3:::{given['bucket']}") + key


def stack_resources(world: dict):
    """(action, ARN) of making, changing and deleting each resource of the stacks whose ARN the world knows: actions of
    the resource's own service."""
    table = [line.split("\t") for line in RESOURCE_TYPES.read_text().splitlines() if not line.startswith("#")]
    actions = {row[0]: " ".join(row[4:7]).split() for row in table[1:]}
    for key, resource in world.get("resources", {}).items():
        arns = [value for value in [key.split("#")[0], *resource["attributes"].values()]
                if isinstance(value, str) and value.startswith("arn:")]
        for arn in arns[:1]:
            for action in actions[resource["type"]]:
                only_roles = action == "iam:PassRole" and ":role/" not in arn
                if action.split(":")[0] == arn.split(":")[2] and not only_roles:
                    yield action, _as_aws_names_it(arn)


def denied(account: ScriptedAws, policy: dict) -> list[str]:
    """What the calls and the present resources of an account need and the policy refuses."""
    world = account.world()
    wanted = {pair for call in account.calls() for pair in call_resources(call, world)} | set(stack_resources(world))
    return sorted(f"{action} on {arn}" for action, arn in wanted if not allows(policy, action, arn, world["region"]))
