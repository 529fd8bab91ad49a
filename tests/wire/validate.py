#!/usr/bin/python3
"""Holds the documents that wire_documents wrote against the published schemas of the dialects.

    validate.py <folder of the schemas> <file of documents>

A schema that was made from the types of an SDK is looser or stricter than the server in places:
`waivers` says where we look away, and why.
"""

import json
import os
import re
import sys
from urllib.parse import unquote

import jsonschema

SKIPPED = 77  # as CMakeLists.txt says
SHOWN_MAX = 60

def own(dialect):
    """What a case says that a provider sends, and what a client of the same dialect gets of it."""
    return rf"^[\w/]+: ((reply|stream) {dialect}|(answered|told) {dialect} -> {dialect}): "


# (schema file, what the finding says, why it is none).  A finding reads
#     <case>: <what>: <path in the document>: <message>
# A waiver that spares nothing fails.
waivers = [
    (
        "anthropic.schema.json",
        own("anthropic") + r".*'(container|stop_details|diagnostics|citations|caller|speed|inference_geo"
        r"|server_tool_use|output_tokens_details)' is a required property",
        "The newest SDK's types name members that the server sends with its newest models only.",
    ),
    (
        "openai-stream.schema.json",
        own("openai_responses") + r".*'(output_text|cache_write_tokens)' is a required property",
        "output_text is made by the SDK, not sent; cache_write_tokens is younger than most models.",
    ),
    (
        "openai-stream.schema.json",
        own("openai_responses") + r".*\.(user|usage|description): None is not of type",
        "The server says null for what it has not got.",
    ),
    (
        "openai.openapi.json",
        own("openai_chat") + r".*'refusal' is a required property",
        "Providers that speak OpenAI Chat nearly leave it out.",
    ),
    (
        "openai-stream.schema.json",
        r"^[\w/]+: (request openai_responses|sent openai_responses -> openai_responses): "
        r"\.input\[\d+\]\.content(\[\d+\]\.type: 'input_text' was expected|: None is not of type 'array')",
        "The server takes an assistant's output_text without id and status, and thoughts with a content "
        "of null: Codex sends both.",
    ),
    (
        "openai-stream.schema.json",
        r"^[\w/]+: sent \w+ -> openai_responses: \.input\[\d+\]: 'id' is a required property",
        "The server takes thoughts without an id, as Codex sends them, and refuses one of another account.",
    ),
    (
        "openai-stream.schema.json",
        r"^[\w/]+: told \w+ -> openai_chat: .*\.tool_calls\[\d+\]\.type: 'function' was expected",
        "Chunks may call a custom tool, which the whole answer's schema knows and that of chunks does not.",
    ),
    (
        "gemini.schema.json",
        r"\.(type|thinkingLevel): '[a-z]+' is not one of \['(TYPE|THINKING_LEVEL)_UNSPECIFIED'",
        "The server takes these words in lower case too, as its documentation writes them.",
    ),
]


def load(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        document = json.load(file)
    return without_nullable(document) if "openapi" in document else document


def without_nullable(schema):
    """OpenAPI 3.0's `nullable` in a 3.1 document means nothing to a validator, so say it in JSON Schema."""
    if isinstance(schema, list):
        return [without_nullable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: without_nullable(value) for key, value in schema.items()}
    if schema.get("nullable") is True:
        del schema["nullable"]
        return {"anyOf": [schema, {"type": "null"}]}
    return schema


class Schemas:
    """The schema files of a folder; resolves `file#/pointer` and the references inside."""

    def __init__(self, folder):
        self.folder = folder
        self.files = {}
        self.alternatives = {}

    def root(self, name):
        if name not in self.files:
            self.files[name] = load(self.folder, name)
            if name == "ollama.schema.json":
                self.relax_ollama(self.files[name])
        return self.files[name]

    @staticmethod
    def relax_ollama(root):
        """A line before the last one has no reason and no counts; its type is the same in the SDK."""
        line = dict(root["definitions"]["ChatResponse"])
        line["required"] = ["model", "created_at", "message", "done"]
        root["definitions"]["UnfinishedChatResponse"] = line

    @staticmethod
    def at(root, pointer):
        for word in pointer.strip("#/").split("/"):
            root = root[unquote(word).replace("~1", "/").replace("~0", "~")]
        return root

    def resolved(self, root, schema):
        while "$ref" in schema:
            schema = self.at(root, schema["$ref"])
        return schema

    def constants(self, root, schema, depth=8):
        """Members that tell one alternative from another: name -> values that it allows."""
        schema = self.resolved(root, schema)
        found = {}
        for part in schema.get("allOf", []) if depth else []:
            found.update(self.constants(root, part, depth - 1))
        for name, member in schema.get("properties", {}).items():
            if not isinstance(member, dict):
                continue
            if "const" in member:
                found[name] = [member["const"]]
            elif "enum" in member and name in schema.get("required", []):
                found[name] = member["enum"]
        return found

    def likely(self, root, schemas, instance):
        """Of many alternatives those that the instance can mean, by its type and its constant
        members.  Makes unions of fifty events quick and their findings short."""
        if isinstance(instance, list):
            lists = ("array", None)
            return [s for s in schemas if self.resolved(root, s).get("type") in lists] or schemas
        if not isinstance(instance, dict):
            return schemas
        key = id(schemas)
        if key not in self.alternatives:
            self.alternatives[key] = [(schema, self.constants(root, schema)) for schema in schemas]
        return [
            schema
            for schema, constants in self.alternatives[key]
            if all(instance[name] in values for name, values in constants.items() if name in instance)
        ] or schemas


def validator_of(schemas, reference):
    name, pointer = reference.split("#")
    root = schemas.root(name)

    def any_of(validator, alternatives, instance, _):
        likely = schemas.likely(root, alternatives, instance)
        findings = []
        for schema in likely:
            found = list(validator.descend(instance, schema))
            if not found:
                return
            findings.append(found)
        yield from min(findings, key=len)

    extended = jsonschema.validators.extend(
        jsonschema.Draft7Validator, {"anyOf": any_of, "oneOf": any_of}
    )
    resolver = jsonschema.RefResolver("", root)
    return extended({"$ref": "#" + pointer}, resolver=resolver)


def finding_of(what, error):
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    message = error.message if len(error.message) < 300 else error.message[:150] + " … " + error.message[-140:]
    return f"{what}: {path or '.'}: {message}"


def main(folder, documents):
    if not os.path.isdir(folder):
        print(f"skipped: the schemas are not at {folder}")
        return SKIPPED
    schemas = Schemas(folder)
    validators = {}
    used = set()
    findings = []
    count = 0
    with open(documents, encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            reference = entry["schema"]
            if reference not in validators:
                validators[reference] = validator_of(schemas, reference)
            count += 1
            for error in validators[reference].iter_errors(entry["document"]):
                finding = finding_of(entry["what"], error)
                waiver = next((w for w in waivers if reference.startswith(w[0]) and re.search(w[1], finding)), None)
                if waiver is None:
                    findings.append(finding)
                else:
                    used.add(waiver)
    for waiver in waivers:
        if waiver not in used:
            findings.append(f"the waiver {waiver[1]!r} spares nothing: delete it")
    for finding in findings[:SHOWN_MAX]:
        print(finding)
    print(f"{count} documents, {len(findings)} findings, {len(used)} of {len(waivers)} waivers used")
    return 1 if findings or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
