"""Faults of any CloudFormation template: references, parameters, contracts, permissions."""
import re

from documents import DROP, Edit
from mutation import mutation, put

ROLE = "AWS::IAM::Role"


def links(document, function):
    """Paths of {"Ref": …} and the like that name a resource."""
    def walk(node, path):
        for key, item in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
            if key == function and not str(item).startswith("AWS::"):
                yield path
            yield from walk(item, path + (key,))
    return list(walk(document.tree["Resources"], ("Resources",)))


def statements(document):
    return document.of_type(ROLE, "Policies.*.PolicyDocument.Statement.*")


def misspelt(name: str) -> str:
    return name[:-2] + name[-1] + name[-2] if name[-1] != name[-2] else name + "s"


def outputs(document):
    return document.each("Outputs.*.Export.Name")


def imported(document):
    """Exports that another file of the deployment imports."""
    others = "".join(each.text for each in document.deployment.documents if each is not document)
    return [path for path in outputs(document) if f'"Fn::ImportValue": "{document[path]}"' in others]


def parameter(document, name, declared, use=None):
    """The template with one more parameter, which `use` mentions."""
    values = {("Parameters",): {**document.tree.get("Parameters", {}), name: declared}}
    return values | (use or {})


def tag(document, value):
    """Puts a value where any will do: a tag of a resource."""
    for path in document.each("Resources.*.Properties.Tags.*.Value")[:3]:
        yield path, {path: value}


@mutation("reference-dangling")
def a_reference_is_misspelt(document):
    for path in links(document, "Ref"):
        name = document[path]["Ref"]
        yield Edit({path: {"Ref": misspelt(name)}}, remedy=name)


@mutation("reference-dangling")
def an_attribute_is_of_nothing(document):
    for path in links(document, "Fn::GetAtt"):
        yield Edit({path: {"Fn::GetAtt": ["Nowhere", document[path]["Fn::GetAtt"][1]]}})


@mutation("reference-dangling")
def a_substitution_is_misspelt(document):
    for path in links(document, "Fn::Sub"):
        text = document[path]["Fn::Sub"]
        found = re.search(r"\$\{([A-Z]\w+)(\.\w+)?\}", text) if isinstance(text, str) else None
        if found:
            yield Edit({path + ("Fn::Sub",): text.replace("${" + found[1], "${" + misspelt(found[1]), 1)})


@mutation("reference-dangling")
def a_resource_waits_for_nothing(document):
    for path in document.each("Resources.*.DependsOn"):
        yield Edit({path: ["GatewayAttachement"]}, at=path + (0,))


@mutation("reference-dangling")
def a_condition_is_not_declared(document):
    for path in document.each("Resources.*"):
        yield Edit({path + ("Condition",): "WantsIt"})


@mutation("reference-dangling")
def an_output_is_of_a_resource_that_went(document):
    """A resource is taken out, and its output stays."""
    for path in document.each("Outputs.*.Value.Ref"):
        yield Edit({path: "Removed"}, at=path[:-1])


@mutation("reference-literal", level="warning")
def a_log_group_is_named_by_its_logical_name(document):
    for path in document.of_type("AWS::EC2::FlowLog", "LogGroupName"):
        yield Edit({path: document[path]["Ref"]})


@mutation("reference-conditional")
def what_is_mentioned_may_not_be_made(document):
    for path in links(document, "Ref")[:10]:
        name = document[path]["Ref"]
        if document.has(("Resources", name)) and name != path[1]:
            yield Edit(parameter(document, "Wanted", {"Type": "String", "Default": "true"}, {
                ("Conditions",): {"IsWanted": {"Fn::Equals": [{"Ref": "Wanted"}, "true"]}},
                ("Resources", name, "Condition"): "IsWanted"}), says="{")


@mutation("reference-cycle")
def resources_wait_for_each_other(document):
    for path in links(document, "Ref"):
        name = document[path]["Ref"]
        if document.has(("Resources", name)) and not document[("Resources", name)].get("DependsOn"):
            yield Edit({("Resources", name, "DependsOn"): path[1]}, says='": {')


@mutation("import-near")
def an_export_is_renamed_to_the_plural(document):
    for path in imported(document):
        name = document[path]
        plural = re.sub(r"(Subnet)(\d)", r"\1s\2", name) if "Subnet" in name else name[:-2] + "Ids"
        yield Edit({path: plural}, says=f'"Fn::ImportValue": "{name}"')


@mutation("import-near")
def an_import_is_misspelt(document):
    for path in links(document, "Fn::ImportValue"):
        yield Edit({path: {"Fn::ImportValue": misspelt(document[path]["Fn::ImportValue"])}})


@mutation("import-missing", level="warning")
def nothing_exports_what_is_imported(document):
    for path in links(document, "Fn::ImportValue"):
        yield Edit({path: {"Fn::ImportValue": "storage-of-somebody-else"}})


@mutation("parameter-empty-default")
def an_optional_parameter_has_a_type_of_aws(document):
    for path, values in tag(document, {"Ref": "KeyPair"}):
        declared = {"Type": "AWS::EC2::KeyPair::KeyName", "Default": ""}
        yield Edit(parameter(document, "KeyPair", declared, values), at=("Parameters", "KeyPair", "Default"))


@mutation("parameter-default")
def a_default_is_not_allowed(document):
    for path, values in tag(document, {"Ref": "Size"}):
        declared = {"Type": "String", "Default": "huge", "AllowedValues": ["small", "large"]}
        yield Edit(parameter(document, "Size", declared, values), at=("Parameters", "Size", "Default"))


@mutation("parameter-unused", level="info")
def a_parameter_is_not_used(document):
    yield Edit(parameter(document, "Spare", {"Type": "String", "Default": "x"}), at=("Parameters", "Spare"))


@mutation("reference-dangling")
def a_parameter_is_misspelt(document):
    for path, values in tag(document, {"Ref": "Ownr"}):
        yield Edit(parameter(document, "Owner", {"Type": "String", "Default": "x"}, values), at=path, remedy="Owner")


@mutation("switch-inverted")
def a_condition_is_inverted(document):
    for path, values in tag(document, {"Fn::If": ["Creates", {"Ref": "AWS::NoValue"}, "made"]}):
        declared = {"Type": "String", "Default": "false", "AllowedValues": ["true", "false"]}
        condition = {("Conditions",): {"Creates": {"Fn::Equals": [{"Ref": "CreateGroup"}, "true"]}}}
        yield Edit(parameter(document, "CreateGroup", declared, values | condition), at=path)


@mutation("list-unchecked", level="warning")
def a_list_may_be_too_short(document):
    for path in document.of_type("AWS::EC2::Subnet", "AvailabilityZoneId"):
        choice = {"Fn::Select": [1, {"Ref": "Zones"}]}
        declared = {"Type": "List<AWS::EC2::AvailabilityZone::Name>"}
        yield Edit(parameter(document, "Zones", declared, {path: choice}), at=path)


@mutation("secret-literal")
def a_parameter_has_a_password_as_default(document):
    for path, values in tag(document, {"Ref": "DatabasePassword"}):
        declared = {"Type": "String", "NoEcho": True, "Default": "correct-horse"}
        yield Edit(parameter(document, "DatabasePassword", declared, values),
                   at=("Parameters", "DatabasePassword", "Default"))


@mutation("secret-echo", level="warning")
def a_password_is_shown(document):
    for path, values in tag(document, {"Ref": "DatabasePassword"}):
        yield Edit(parameter(document, "DatabasePassword", {"Type": "String"}, values),
                   at=("Parameters", "DatabasePassword"))


@mutation("iam-wildcard", level="warning")
def a_role_may_do_everything(document):
    for path in statements(document):
        yield Edit({path + ("Action",): "*", path + ("Resource",): "*"})


@mutation("iam-wildcard", level="warning")
def a_role_may_do_everything_with_a_service(document):
    for path in statements(document):
        yield Edit({path + ("Action",): ["ssm:*"], path + ("Resource",): "*"}, at=path + ("Action", 0))


@mutation("iam-full-access", level="warning")
def a_role_is_an_administrator(document):
    for path in document.of_type(ROLE):
        arn = {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess"}
        yield Edit({path + ("ManagedPolicyArns",): [arn]}, at=path + ("ManagedPolicyArns", 0))


@mutation("arn-partition", level="warning")
def an_arn_has_a_partition(document):
    for path in links(document, "Fn::Sub"):
        text = document[path]["Fn::Sub"]
        if isinstance(text, str) and "${AWS::Partition}" in text:
            here = path + ("Fn::Sub",)
            yield Edit({here: text.replace("${AWS::Partition}", "aws")})


@mutation("name-role")
def a_role_name_is_too_long(document):
    for path in document.of_type(ROLE):
        yield Edit({path + ("RoleName",): "role-of-the-nodes-" * 4})


@mutation("name-logical")
def a_logical_name_has_a_hyphen(document):
    for path in document.each("Resources.*"):
        yield Edit({path[:1] + (path[1] + "-copy",): document[path]})


@mutation("template-limits")
def a_template_has_no_resources(document):
    yield Edit({("Resources",): {}, ("Outputs",): DROP}, says="{")


@mutation("template-limits")
def a_template_has_too_many_outputs(document):
    many = {f"Output{i}": {"Value": str(i)} for i in range(201)}
    yield Edit({("Outputs",): many}, says="{")


@mutation("syntax")
def a_key_is_given_twice(document):
    """The second of two keys, which a lenient reader would take."""
    lines = document.text.split("\n")
    for at, line in enumerate(lines):
        found = re.match(r' +"(\w+)": ("[^"]*"|\d+),$', line)
        if found:
            yield Edit({}, text="\n".join(lines[:at + 1] + lines[at:]), line=at + 2)


@mutation("syntax")
def the_end_of_a_file_is_missing(document):
    lines = document.text.split("\n")
    cut = 2 * len(lines) // 3
    yield Edit({}, text="\n".join(lines[:cut]) + "\n", says="")


@mutation("syntax")
def a_comma_is_missing(document):
    lines = document.text.split("\n")
    for at, line in enumerate(lines):
        if line.endswith('",'):
            yield Edit({}, text="\n".join(lines[:at] + [line[:-1]] + lines[at + 1:]), line=at + 2)
