#!/usr/bin/env python3
"""Get the values of a tacit group out of its bundles, without tacit.

    python3 group.py FOLDER OUT epoch.txt
    python3 group.py FOLDER OUT --phrase < words.txt

FOLDER is where the bundles lie, OUT is a new folder. epoch.txt is an age identity
file: the keys of the group's epochs. They stand under "epochs" in a member's own
record ".g-GROUP", which carve.py cuts out of the member's vault. With --phrase the
ten words of the recovery phrase are read from standard input instead; what they
open holds the key of the newest epoch.

Each value goes to OUT/GROUP/NAME.vVERSION.MEMBER.KIND. Of a name the highest version
is the newest; two members with one version did not know of each other. What it
prints is name, version, member, kind and file.

Nothing is proven that way: no signature is checked, and whoever can write to the
folder can leave old bundles there. age has to be on the PATH, or in the variable AGE.
Python 3.6 or newer.
"""

import hashlib
import hmac
import os
import re
import struct
import subprocess
import sys
import tempfile

MAGIC = b"tacit-bundle 1\n"
MAX_BUNDLE = 5 << 20
KINDS = {1: "text", 2: "json", 3: "bytes", 4: "gone"}
NAME = re.compile(rb"^[A-Za-z0-9_-]{1,100}$")
ALPHABET = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"


def fields(data):
    """The label and the fields of the format's one encoding."""

    def take(at):
        (size,) = struct.unpack_from(">I", data, at)
        if at + 4 + size > len(data):
            raise ValueError("cut short")
        return data[at + 4 : at + 4 + size], at + 4 + size

    label, at = take(0)
    (count,) = struct.unpack_from(">I", data, at)
    at += 4
    out = []
    for _ in range(count):
        field, at = take(at)
        out.append(field)
    if at != len(data):
        raise ValueError("bytes left over")
    return label.decode(), out


def number(field):
    (n,) = struct.unpack(">Q", field)
    return n


def split(data):
    """The head's fields and the body of a bundle."""
    if not data.startswith(MAGIC) or len(data) > MAX_BUNDLE:
        raise ValueError("not a bundle")
    at = len(MAGIC)
    (size,) = struct.unpack_from(">I", data, at)
    if size > 512:
        raise ValueError("not a bundle")
    head, body = data[at + 4 : at + 4 + size], data[at + 4 + size + 64 :]
    label, parts = fields(head)
    if label != "tacit/1/bundle" or hashlib.sha256(body).digest() != parts[8]:
        raise ValueError("not a bundle, or a damaged one")
    return parts, body


def opened(body, identities):
    """What age gives for a body, without its padding; None where the key is another.

    The keys go to age over its standard input: no file holds them."""
    with tempfile.NamedTemporaryFile() as sealed:
        sealed.write(body)
        sealed.flush()
        run = subprocess.run(
            [os.environ.get("AGE", "age"), "-d", "-i", "-", sealed.name],
            input=identities, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
    if run.returncode != 0:
        return None
    (size,) = struct.unpack_from(">I", run.stdout)
    return fields(run.stdout[4 : 4 + size])


def bundles(folder):
    for parent, dirs, names in os.walk(folder):
        dirs.sort()
        for name in sorted(names):
            path = os.path.join(parent, name)
            if not name.endswith(".tacit") or os.path.islink(path) or not os.path.isfile(path):
                continue
            if os.path.getsize(path) > MAX_BUNDLE:
                continue
            with open(path, "rb") as f:
                try:
                    yield (path,) + split(f.read())
                except (ValueError, IndexError, struct.error):
                    continue


def bech32(prefix, secret):
    """An age identity of 32 bytes: BIP 173, in upper case."""
    bits = "".join("{:08b}".format(b) for b in secret) + "0000"
    values = [int(bits[i : i + 5], 2) for i in range(0, 260, 5)]
    low = prefix[:-1].lower()
    checksum = 1
    for v in [ord(c) >> 5 for c in low] + [0] + [ord(c) & 31 for c in low] + values + [0] * 6:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ v
        for i, g in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            if top >> i & 1:
                checksum ^= g
    checksum ^= 1
    values += [checksum >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "".join(ALPHABET[v] for v in values)


def phrase_identities(words):
    """The age identities that a recovery phrase derives, one for each suite."""
    phrase = "-".join(re.split(r"[\s_-]+", words.strip())).lower().encode()
    prk = hmac.new(b"tacit/1/recovery", phrase, hashlib.sha256).digest()
    for suite, prefix in (("x25519", "AGE-SECRET-KEY-1"), ("hybrid", "AGE-SECRET-KEY-PQ-1")):
        info = "tacit/1/recovery/{}/identity".format(suite).encode()
        yield bech32(prefix, hmac.new(prk, info + b"\x01", hashlib.sha256).digest())


def from_phrase(folder):
    """The identities of the epochs that the welcomes of the phrase hold."""
    phrase = "\n".join(phrase_identities(sys.stdin.read())).encode()
    epochs = []
    for _, head, body in bundles(folder):
        if number(head[1]) == 4:
            found = opened(body, phrase)
            if found and found[1][5]:
                epochs.append(found[1][5])
    if not epochs:
        sys.exit("group.py: no welcome there opens with this phrase")
    return b"\n".join(epochs)


def items(kind, parts):
    """Member and item of each value in a plaintext; the author of changes is None."""
    if kind == 1:
        return [(None, p) for p in parts[6:]]
    found = []
    for p in parts[9:]:
        _, head_item = fields(p)
        found.append((head_item[0], head_item[3]))
    return found


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    folder, out, key = sys.argv[1:]
    if key == "--phrase":
        identities = from_phrase(folder)
    else:
        with open(key, "rb") as f:
            identities = f.read()
    os.makedirs(out, 0o700)
    found = 0
    for _, head, body in bundles(folder):
        kind = number(head[1])
        plain = opened(body, identities) if kind in (1, 2) else None
        if plain is None:
            continue
        for member, item in items(kind, plain[1]):
            found += write_item(out, head, member or head[2], fields(item)[1])
    if not found:
        sys.exit("group.py: no value there opens with this key")


def write_item(out, head, member, item):
    name, version, kind, value = item[0], number(item[1]), KINDS.get(number(item[2])), item[6]
    if not NAME.match(name) or kind is None:
        return 0
    parent = os.path.join(out, head[0].hex())
    os.makedirs(parent, 0o700, exist_ok=True)
    path = os.path.join(parent, "{}.v{}.{}.{}".format(name.decode(), version, member.hex(), kind))
    if not os.path.exists(path):
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as f:
            f.write(value)
        print(name.decode(), version, member.hex(), kind, path)
    return 1


if __name__ == "__main__":
    main()
