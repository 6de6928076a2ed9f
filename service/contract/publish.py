"""Writes the contract for kiosk makers: AsyncAPI document, JSON Schemas and golden samples."""

from pathlib import Path, PurePosixPath

from service.contract.asyncapi import document
from service.contract.catalogue import MESSAGES
from service.contract.schemas import json_line, json_text, message_schema, sample_of


def files() -> dict[PurePosixPath, bytes]:
    """Return every generated file by its path below the messages folder, the same bytes each time.

    A sample is one line: its bytes are the very payload that ``mosquitto_pub -f`` sends.
    """
    texts = {PurePosixPath("asyncapi.json"): json_text(document())}
    for message in MESSAGES:
        name = f"{message.name}.json"
        texts[PurePosixPath("schemas") / name] = json_text(message_schema(message))
        texts[PurePosixPath("samples") / name] = json_line(sample_of(message))
    return {path: text.encode() for path, text in texts.items()}


def drifted(folder: Path) -> list[str]:
    """Return one sentence for each file that is missing, changed or no longer generated."""
    wanted = files()
    there = {
        PurePosixPath(path.relative_to(folder).as_posix()): path
        for path in folder.rglob("*.json")
        if path.is_file()
    }
    missing = [f"{path} is missing" for path in wanted if path not in there]
    changed = [
        f"{path} differs from the models"
        for path, content in wanted.items()
        if path in there and there[path].read_bytes() != content
    ]
    left = [f"{path} is no longer generated: delete it" for path in there if path not in wanted]
    return sorted(missing + changed + left)


def write(folder: Path) -> int:
    """Write every file and return how many there are; others in the folder are left alone."""
    wanted = files()
    for path, content in wanted.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return len(wanted)
