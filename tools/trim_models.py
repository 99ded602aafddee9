"""Cut the controller's service models out of the installed botocore.

The Lambda runtime's own SDK changes without notice and may know neither `kmsKeyArn` nor
`DryRunModifiers` (docs.aws.amazon.com/lambda/latest/dg/lambda-python), so the function ships the
models of the services that it needs in their newest form, reduced to the operations that it calls:
kilobytes instead of the whole SDK. S3's is there because a cold start waits for the whole of it to
be read, a twentieth of its time; so does it for the endpoints of all services, another twentieth.

    python tools/trim_models.py            write components/function/models
    python tools/trim_models.py --check    exit 1 when the files differ from what would be written
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from botocore.loaders import create_loader

MODELS = Path(__file__).parent.parent / "components" / "function" / "models"

OPERATIONS = {
    ("bedrock-agentcore", "2024-02-28"): (
        "DeleteBatchEvaluation",
        "GetBatchEvaluation",
        "ListBatchEvaluations",
        "StartBatchEvaluation",
        "StopBatchEvaluation",
    ),
    ("kms", "2014-11-01"): ("Decrypt", "DescribeKey", "GenerateDataKey"),
    ("s3", "2006-03-01"): (
        "DeleteObjects",
        "GetObject",
        "HeadBucket",  # the SDK's own, when S3 says that a bucket is in another Region
        "HeadObject",
        "ListObjectVersions",
        "ListObjectsV2",
        "PutObject",
    ),
}
# The services whose clients are made, those with the runtime's own model too.
SERVICES = (*(service for service, _ in OPERATIONS), "logs", "sts")
# Every runtime has the rules of the only version of S3 that there is, and they are long.
WITHOUT_RULES = ("s3",)


def undocumented(node: Any) -> Any:
    """The same JSON without its prose: `documentation` texts and their addresses."""
    if isinstance(node, dict):
        prose = {"documentation", "documentationUrl"}
        return {
            name: undocumented(value)
            for name, value in node.items()
            if not (name in prose and isinstance(value, str))
        }
    if isinstance(node, list):
        return [undocumented(value) for value in node]
    return node


def references(node: Any) -> set[str]:
    """The names of all shapes that a piece of the model refers to."""
    if isinstance(node, dict):
        found = {node["shape"]} if isinstance(node.get("shape"), str) else set[str]()
        return found.union(*(references(value) for value in node.values()))
    if isinstance(node, list):
        return set[str]().union(*(references(value) for value in node))
    return set()


def trimmed(model: dict[str, Any], operations: tuple[str, ...]) -> dict[str, Any]:
    """A service model with only `operations` and the shapes that they reach.

    Raises KeyError when the model lacks one of them.
    """
    kept = {name: model["operations"][name] for name in operations}
    reached: set[str] = set()
    waiting = references(kept)
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= references(model["shapes"][name]) - reached
    return {
        "version": model["version"],
        "metadata": model["metadata"],
        "operations": kept,
        "shapes": {name: model["shapes"][name] for name in sorted(reached)},
    }


def endpoints(document: dict[str, Any]) -> dict[str, Any]:
    """The SDK's `endpoints.json` with only `SERVICES`, in the Regions of each partition.

    A service may have one for the whole partition. Names such as `us-east-1-fips`, in which no
    function runs, are left out.
    """
    partitions: list[dict[str, Any]] = []
    for partition in document["partitions"]:
        services = {
            name: {
                **service,
                "endpoints": {
                    region: endpoint
                    for region, endpoint in service["endpoints"].items()
                    if region in {*partition["regions"], service.get("partitionEndpoint")}
                },
            }
            for name, service in partition["services"].items()
            if name in SERVICES
        }
        regions: dict[str, Any] = {region: {} for region in partition["regions"]}
        partitions.append({**partition, "regions": regions, "services": services})
    return {**document, "partitions": partitions}


def files() -> dict[Path, str]:
    """Every file under `MODELS`, relative to it, with the text that it must hold."""
    loader = create_loader()
    texts = {Path("endpoints.json"): text(endpoints(loader.load_data("endpoints")))}
    for (service, version), operations in OPERATIONS.items():
        folder = Path(service) / version
        model = loader.load_service_model(service, "service-2", version)
        texts[folder / "service-2.json"] = text(trimmed(model, operations))
        pages = loader.load_service_model(service, "paginators-1", version)["pagination"]
        kept = {name: pages[name] for name in operations if name in pages}
        if kept:
            texts[folder / "paginators-1.json"] = text({"pagination": kept})
        if service in WITHOUT_RULES:
            continue
        # A runtime that knows only a later version of the service has no rules for the pinned one.
        rules = loader.load_service_model(service, "endpoint-rule-set-1", version)
        texts[folder / "endpoint-rule-set-1.json"] = text(rules)
    return texts


def text(document: Any) -> str:
    return json.dumps(undocumented(document), separators=(",", ":")) + "\n"


def differences() -> list[str]:
    """One line for each file that is missing, stale or not ours to ship."""
    expected = files()
    present = {path.relative_to(MODELS) for path in MODELS.rglob("*") if path.is_file()}
    extra = present - expected.keys()
    lines = [f"{str(path)!r}: not a file that this tool writes" for path in extra]
    for path, content in expected.items():
        if path not in present:
            lines.append(f"{path}: missing")
        elif (MODELS / path).read_text(encoding="utf-8") != content:
            lines.append(f"{path}: differs from the installed botocore")
    return sorted(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    if parser.parse_args().check:
        lines = differences()
        print("\n".join(lines) or "The models are those of the installed botocore.")
        return 1 if lines else 0
    for path, content in files().items():
        (MODELS / path).parent.mkdir(parents=True, exist_ok=True)
        (MODELS / path).write_text(content, encoding="utf-8")
        print(f"{path}: {len(content):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
