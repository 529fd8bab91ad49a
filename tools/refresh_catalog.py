#!/usr/bin/python3
"""Refreshes the models, limits and prices in catalog/providers from a file of facts.

    tools/refresh_catalog.py FACTS.json    rewrites the member `models` of every provider that has facts
    tools/refresh_catalog.py --check       changes nothing; fails where a file is not written as we write it

FACTS.json is a list of providers with their models, as catalog/schema.md describes it. Everything but
`models` is written by hand and kept. The member `facts` says what to take: `id`, the provider's id there;
`dialects`, patterns of ids and where such models are served, of which the first that fits counts (an
empty list leaves a model out);
`cache_write_1h`, how many times the input a token costs that is cached for an hour.

Nothing is fetched. The same facts give the same files.
"""

import fnmatch
import json
import pathlib
import sys
from decimal import ROUND_HALF_EVEN, Decimal

PROVIDERS = pathlib.Path(__file__).resolve().parent.parent / "catalog" / "providers"
PICO = Decimal("0.000001")  # dollars for a million tokens: a pico-dollar for one
MODEL_LISTS = ("models_by_hand", "models")
TALL = ("endpoints", "fields", "facts")  # objects with a line for each member
RATES = {
    "input": ("input",),
    "output": ("output",),
    "cache_read": ("cache_read", "cached_input", "cache_input"),
    "cache_write": ("cache_write", "cached_write"),
    "reasoning": ("reasoning",),
    "input_audio": ("input_audio",),
    "output_audio": ("output_audio",),
}


def number(value):
    """A JSON number without exponent and needless zeros."""
    text = format(Decimal(value).quantize(PICO, ROUND_HALF_EVEN), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def inline(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{inline(k)}: {inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    if isinstance(value, Decimal):
        return number(value)
    return json.dumps(value, ensure_ascii=False)


def tall(brackets, rows):
    return brackets[0] + "\n    " + ",\n    ".join(rows) + "\n  " + brackets[1]


def written(provider):
    """The text of a provider's file: a member a line, a model a line."""
    members = []
    for name, value in provider.items():
        text = inline(value)
        if name in MODEL_LISTS and value:
            text = tall("[]", map(inline, value))
        elif name in TALL and len(value) > 1:
            text = tall("{}", (f"{inline(k)}: {inline(v)}" for k, v in value.items()))
        members.append(f"  {inline(name)}: {text}")
    return "{\n" + ",\n".join(members) + "\n}\n"


def rates(cost):
    """Input and output, and what has a rate of its own: nothing there means that nobody knew."""
    found = {}
    for name, spellings in RATES.items():
        value = next((cost[spelling] for spelling in spellings if spelling in cost), None)
        if value is not None and (value > 0 or name in ("input", "output")):
            found[name] = Decimal(value)
    return found


def price(cost, hourly):
    def whole(part):
        found = rates(part)
        if hourly and "input" in found:
            at = list(found).index("cache_write") + 1 if "cache_write" in found else len(found)
            items = list(found.items())
            items.insert(at, ("cache_write_1h", found["input"] * hourly))
            found = dict(items)
        return found

    found = whole(cost)
    tiers = {tier["tier"]["size"]: whole(tier) for tier in cost.get("tiers", [])}
    if tiers:
        found["tiers"] = [{"above_tokens": size} | tiers[size] for size in sorted(tiers)]
    return found


# Lengths of vectors, by the last part of an id: what facts call output is no length.
DIMENSIONS = {
    "all-mini-lm-l6-v2": 384,
    "bge-base-en-v1.5": 768,
    "bge-large-en-v1.5": 1024,
    "bge-m3": 1024,
    "bge-multilingual-gemma2": 3584,
    "bge-small-en-v1.5": 384,
    "codestral-embed": 1536,
    "cohere-embed-v-4-0": 1536,
    "cohere-embed-v3-english": 1024,
    "cohere-embed-v3-multilingual": 1024,
    "e5-large-v2": 1024,
    "e5-mistral-7b-instruct": 4096,
    "embed-v4.0": 1536,
    "gemini-embedding-001": 3072,
    "gte-large-en-v1.5": 1024,
    "mistral-embed": 1024,
    "multi-qa-mpnet-base-dot-v1": 768,
    "multilingual-e5-large-instruct": 1024,
    "nomic-embed-text": 768,
    "nv-embed-v1": 4096,
    "nv-embedcode-7b-v1": 4096,
    "qwen3-embedding-0.6b": 1024,
    "qwen3-embedding-4b": 2560,
    "qwen3-embedding-8b": 4096,
    "text-embedding-005": 768,
    "text-embedding-3-large": 3072,
    "text-embedding-3-small": 1536,
    "text-embedding-ada-002": 1536,
    "text-multilingual-embedding-002": 768,
    "titan-embed-text-v2": 1024,
    "voyage-3-large": 1024,
    "voyage-3.5": 1024,
    "voyage-3.5-lite": 1024,
    "voyage-code-2": 1536,
    "voyage-code-3": 1024,
    "voyage-finance-2": 1024,
    "voyage-law-2": 1024,
}


def kind(model):
    """None for what we have no word for, such as films."""
    takes, gives = model["modalities"]["input"], model["modalities"]["output"]
    names = (model["id"] + " " + model.get("family", "")).lower()
    if "rerank" in names:
        return "rerank"
    if any(word in names for word in ("embed", "bge-", "e5-mistral")):
        return "embedding"
    if any(word in names for word in ("gpt-image", "chatgpt-image", "imagine-image")):
        return "image"
    if "text" in gives:
        speaks = "whisper" in names or takes == ["audio"]
        return "transcription" if speaks else "chat"
    if "video" in gives:
        return None
    return "image" if "image" in gives else "speech"


def date(text):
    return text if len(text) == 10 else text + "-01"


def model_of(fact, wanted):
    what = kind(fact)
    served = next((to for like, to in wanted.get("dialects", {}).items()
                   if fnmatch.fnmatchcase(fact["id"].lower(), like)), None)
    if what is None or served == []:
        return None
    takes = fact["modalities"]["input"]
    bare_id = fact["id"].split("/")[-1].lower()
    context, output = fact["limit"].get("context", 0), fact["limit"].get("output", 0)
    if what == "embedding":
        output = 0
    flags = {
        "tools": fact["tool_call"],
        "images": "image" in takes,
        "documents": "pdf" in takes,
        "audio": "audio" in takes,
        "thinking": fact["reasoning"],
    }
    made = {
        "id": fact["id"],
        "name": fact["name"].strip(),
        "kind": what if what != "chat" else None,
        "context_tokens": context,
        "output_tokens": min(output, context) if context else output,
        **{name: what == "chat" and value for name, value in flags.items()},
        "deprecated": fact.get("status") == "deprecated",
        "dimensions": DIMENSIONS.get(bare_id, 0) if what == "embedding" else 0,
        "dialects": served if what == "chat" else None,
        "released": date(fact["release_date"]),
        "price": price(fact["cost"], wanted.get("cache_write_1h")) if "cost" in fact else None,
    }
    return {name: value for name, value in made.items() if value}


def refreshed(provider, facts):
    """The provider with the models of its facts, if it has some."""
    wanted = provider.get("facts")
    if wanted is None or wanted["id"] not in facts:
        return provider
    made = (model_of(fact, wanted) for fact in facts[wanted["id"]]["models"])
    models = sorted((model for model in made if model), key=lambda model: model["id"].encode())
    kept = {name: value for name, value in provider.items() if name != "models"}
    return kept | ({"models": models} if models else {})


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    check = sys.argv[1] == "--check"
    facts = {}
    if not check:
        with open(sys.argv[1], encoding="utf-8") as file:
            facts = {each["id"]: each for each in json.load(file, parse_float=Decimal)}
    wrong = []
    for path in sorted(PROVIDERS.glob("*.json")):
        before = path.read_text(encoding="utf-8")
        after = written(refreshed(json.loads(before, parse_float=Decimal), facts))
        if after == before:
            continue
        wrong.append(path.name)
        if not check:
            path.write_text(after, encoding="utf-8")
    if check and wrong:
        sys.exit("not as tools/refresh_catalog.py writes it: " + ", ".join(wrong))
    print(f"{len(wrong)} files changed")


if __name__ == "__main__":
    main()
