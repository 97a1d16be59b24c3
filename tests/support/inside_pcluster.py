"""Runs with the interpreter of build/judges-pcluster. stdin: {"schema": [file…], "answers": [[operation, answer]…],
"commands": [[word…]…]}; stdout: {"schema": [problems…], "answers": [problems…], "commands": [answer…]}.

The first are cluster files, loaded by ParallelCluster's own schema; the second are answers of the pcluster command,
checked against the OpenAPI description in the package; the third are calls of that command, which cost seconds each in
processes of their own.
"""
import json
import logging
import os
import pathlib
import sys

import pcluster
import pcluster.cli.entrypoint
import yaml
from jsonschema import Draft4Validator
from marshmallow import ValidationError
from pcluster.cli.exceptions import APIOperationException, ParameterException
from pcluster.schemas.cluster_schema import ClusterSchema


def flatten(messages, where=""):
    """marshmallow nests its messages like the file."""
    if isinstance(messages, dict):
        return [line for key, part in messages.items() for line in flatten(part, f"{where}.{key}".lstrip("."))]
    return [f"{where}: {text}" for text in (messages if isinstance(messages, list) else [messages])]


def load_cluster(path):
    try:
        cluster = yaml.safe_load(pathlib.Path(path).read_text())
        os.environ["AWS_DEFAULT_REGION"] = cluster["Region"]  # as the pcluster command does
        ClusterSchema(cluster_name="judged").load(cluster)
        return []
    except ValidationError as problem:
        return flatten(problem.messages)
    except Exception as problem:  # not YAML, or a value that the schema's own code trips over
        return [f"{type(problem).__name__}: {problem}"]


def close(schema):
    """The description leaves objects open; an unknown key in an answer is a mistake of ours all the same."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for part in schema.values():
            close(part)


def answer_schemas():
    """The JSON schema of each operation's good answer."""
    text = (pathlib.Path(pcluster.__file__).parent / "api/openapi/openapi.yaml").read_text()
    api = yaml.load(text, Loader=yaml.CSafeLoader)
    close(api["components"]["schemas"])
    schemas = {}
    for path in api["paths"].values():
        for operation in path.values():
            good = next(reply for code, reply in operation["responses"].items() if code.startswith("2"))
            if "content" in good:
                answer = good["content"]["application/json"]["schema"]
                schemas[operation["operationId"]] = {"allOf": [answer], "components": api["components"]}
    return schemas


def judge_answer(operation, answer, schemas):
    schema = schemas.get(operation.replace("-", "_"))
    if schema is None:
        return [f"pcluster has no operation {operation}"]
    return [f"{'.'.join(map(str, problem.path))}: {problem.message}"
            for problem in Draft4Validator(schema).iter_errors(answer)]


def call(words):
    """What the pcluster command would print. It turns stderr into log lines, which may not end there again."""
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        return pcluster.cli.entrypoint.run(words)
    except (APIOperationException, ParameterException) as problem:
        return problem.data


def main():
    asked = json.load(sys.stdin)
    reply = {"schema": [load_cluster(path) for path in asked.get("schema", [])], "answers": []}
    if asked.get("answers"):
        schemas = answer_schemas()
        reply["answers"] = [judge_answer(operation, answer, schemas) for operation, answer in asked["answers"]]
    reply["commands"] = [call(words) for words in asked.get("commands", [])]
    json.dump(reply, sys.stdout)


main()
