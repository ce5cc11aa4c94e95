#!/usr/bin/env python3
"""Verifies the packages of the environment whose Python runs this: each has the version that the requirements name, and
each of its files the SHA-256 that it was installed with (its RECORD). Compiled modules have none there.

usage: verify_installed.py REQUIREMENTS   0 if all is right, else 1; what is not is said on standard error
"""
import base64
import hashlib
import importlib.metadata
import pathlib
import sys

BLOCK = 1 << 20


def sha256(path):
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()


def wrong_files():
    for distribution in importlib.metadata.distributions():
        if distribution.files is None:
            yield f"missing: the RECORD of {distribution.metadata['Name']}"
        for file in distribution.files or []:
            path = pathlib.Path(file.locate())
            if file.hash is None:
                continue
            if not path.is_file():
                yield f"missing: {path}"
            elif file.hash.mode != "sha256" or sha256(path) != file.hash.value:
                yield f"damaged: {path}"


def wrong_versions(requirements):
    from pip._vendor.packaging.requirements import Requirement  # every environment has pip

    for line in requirements.read_text("utf-8").splitlines():
        if "==" not in line:
            continue
        requirement = Requirement(line.rstrip("\\ "))
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            version = None
        if version is None:
            yield f"missing: {requirement.name}"
        elif version not in requirement.specifier:
            yield f"damaged: {requirement.name} is {version}, not {requirement.specifier}"


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    wrong = list(wrong_files()) or list(wrong_versions(pathlib.Path(arguments[0])))
    for complaint in wrong:
        print(complaint, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
