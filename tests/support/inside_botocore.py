"""Runs with the interpreter of build/judges: checks JSON against the service models that the aws command line carries.

stdin: a list of {"service", "operation", "kind": "request" or "response", "body"}; stdout: a list of problems for each.
"""
import functools
import json
import sys

from awscli.botocore.loaders import Loader
from awscli.botocore.model import ServiceModel
from awscli.botocore.validate import ParamValidator

LOADER = Loader()
SERVICE_OF_COMMAND = {"s3api": "s3"}
PYTHON_TYPES = {"structure": dict, "map": dict, "list": list, "string": str, "character": str, "blob": str,
                "timestamp": str, "boolean": bool, "integer": int, "long": int, "float": (int, float),
                "double": (int, float)}


@functools.cache
def model_of(service):
    service = SERVICE_OF_COMMAND.get(service, service)
    return ServiceModel(LOADER.load_service_model(service, "service-2"), service)


def operation_of(service, command):
    """The model of "describe-stacks"; upper and lower case differ between services (CreateDBCluster)."""
    model = model_of(service)
    wanted = command.replace("-", "").lower()
    for name in model.operation_names:
        if name.lower() == wanted:
            return model.operation_model(name)
    raise LookupError(f"{service} has no operation {command}")


def walk(value, shape, where, problems):
    kind = PYTHON_TYPES[shape.type_name]
    if not isinstance(value, kind) or (isinstance(value, bool) and shape.type_name != "boolean"):
        problems.append(f"{where}: {type(value).__name__} where {shape.type_name} is expected")
    elif shape.type_name == "structure" and not getattr(shape, "is_document_type", False):
        for name in shape.required_members:
            if name not in value:
                problems.append(f"{where}.{name}: required, missing")
        for name, member in value.items():
            if name in shape.members:
                walk(member, shape.members[name], f"{where}.{name}", problems)
            else:
                problems.append(f"{where}.{name}: no such key")
    elif shape.type_name == "list":
        for i, item in enumerate(value):
            walk(item, shape.member, f"{where}[{i}]", problems)
    elif shape.type_name == "map":
        for name, member in value.items():
            walk(name, shape.key, f"{where} key", problems)
            walk(member, shape.value, f"{where}.{name}", problems)
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        problems.append(f"{where}: {value!r} is none of {', '.join(shape.enum[:8])}{', …' * (len(shape.enum) > 8)}")


def judge(item):
    try:
        operation = operation_of(item["service"], item["operation"])
    except Exception as problem:  # an unknown service is botocore's own UnknownServiceError
        return [str(problem)]
    shape = operation.input_shape if item["kind"] == "request" else operation.output_shape
    if shape is None:
        return [f"{operation.name}: takes or gives nothing, got {item['body']}"] if item["body"] else []
    problems = []
    walk(item["body"], shape, operation.name, problems)
    if item["kind"] == "request" and not problems:  # lengths and ranges, which the walk leaves out
        report = ParamValidator().validate(item["body"], shape)
        if report.has_errors():
            problems.append(f"{operation.name}: {report.generate_report()}")
    return problems


json.dump([judge(item) for item in json.load(sys.stdin)], sys.stdout)
