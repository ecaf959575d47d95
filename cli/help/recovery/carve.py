#!/usr/bin/env python3
"""Cut the values of a tacit vault out of its database, without tacit.

    python3 carve.py VAULT OUT [vault-id.txt [PIN]]
    python3 carve.py BACKUP OUT [vault-id.txt [PIN]]

Every value of a vault is an age file that lies whole and uncompressed in one of
the files below VAULT/db, old versions too. This script finds them by their
first line, reads name, version and length from the "tacit" line of their
header, and writes each to OUT/NAME.vVERSION.sSEQ.KIND.age. What it prints says
which one of a name is the newest.

It decrypts nothing and checks nothing: age does, once you have the vault's own
identity, which is in each of the files in VAULT/slots:

    age -d -i your-key.txt VAULT/slots/01-identity.age > vault-id.txt
    age -d -i vault-id.txt OUT/NAME.v3.s17.text.age

A file that "tacit backup" has written holds the values in the same way, and the
key slots as well: they go to OUT/slots/1.age, OUT/slots/2.age, and so on, one
for each key of the vault. A part of such a file is enough for what is in it.

Nothing is proven that way. Whoever can write to the vault can put an old version
in a new one's place, or a whole vault of their own, slots and all, in the place of
yours; the carved files do not show it, "tacit verify" does. The second you can see
here: with vault-id.txt the script prints the pin of the vault that it belongs to.
Compare it with the pin that "tacit status" showed, or name that PIN, and the
script compares. It exits with 1 where they differ. Python 3.6 or newer.
"""

import datetime
import hashlib
import hmac
import os
import re
import sys

MAGIC = b"age-encryption.org/v1\n"
BACKUP = b"tacit-backup 1\n"
SLOT, MAX_SLOT = 4, 16 << 10  # a part of a backup: its type, and bytes at most
MAX_HEADER = 8 << 10  # ours have 3 KiB at most, before base64
MAX_SIZE = 4 << 20  # of a value
CHUNK = 64 << 10  # age seals a value in pieces of this many bytes
OVERHEAD = 16  # of each of them, and of the nonce before the first

STANZA = re.compile(
    rb"^-> tacit v1 (?P<name>\.?[A-Za-z0-9_-]{1,100}) (?P<version>[0-9]{1,10}) (?P<seq>[0-9]{1,10})"
    rb" [0-9a-f]{16} (?P<kind>text|json|bytes|gone) (?P<size>[0-9]{1,7}) (?P<updated>[0-9]{1,12}) [^\n]*$",
    re.MULTILINE,
)
VAULT_ID = re.compile(rb"tacit-vault [0-9]{1,4}\nid (?P<id>[0-9a-f]{32})\n")
IDENTITY = re.compile(r"^(?:AGE-SECRET-KEY-1|AGE-SECRET-KEY-PQ-1)[0-9A-Z]+$", re.MULTILINE)
END = re.compile(rb"^--- [A-Za-z0-9+/]{43}\n", re.MULTILINE)


class Record:
    def __init__(self, match, data):
        self.name = match.group("name").decode()
        self.kind = match.group("kind").decode()
        self.version, self.seq, self.size, self.updated = (
            int(match.group(g)) for g in ("version", "seq", "size", "updated")
        )
        self.data = data
        self.file = ""

    def order(self):
        return (self.name, self.version, self.seq)


def carve(data):
    """Yield a Record for each that is in data, None for one that is cut off."""
    start = data.find(MAGIC)
    while start >= 0:
        header = data[start : start + MAX_HEADER]
        end, following = END.search(header), header.find(MAGIC, 1)
        if end and (following < 0 or end.end() <= following):
            match = STANZA.search(header, 0, end.start())
            if match and int(match.group("size")) <= MAX_SIZE:
                size = int(match.group("size"))
                chunks = max(1, (size + CHUNK - 1) // CHUNK)
                stop = start + end.end() + OVERHEAD + size + OVERHEAD * chunks
                yield Record(match, data[start:stop]) if stop <= len(data) else None
        start = data.find(MAGIC, start + 1)


def slots(data):
    """Yield the key slots in a backup. Its parts are type, u32 length, body."""
    at = len(BACKUP)
    while data.startswith(BACKUP) and at + 5 <= len(data) and data[at] <= SLOT:
        size = int.from_bytes(data[at + 1 : at + 5], "big")
        body = data[at + 5 : at + 5 + size]
        if data[at] == SLOT and size <= MAX_SLOT and len(body) == size:
            yield body
        at += 5 + size


def write_slots(path, out):
    with open(path, "rb") as f:
        found = list(slots(f.read(8 << 20)))  # they stand at the beginning
    if found:
        os.makedirs(os.path.join(out, "slots"), mode=0o700, exist_ok=True)
    for n, slot in enumerate(found, 1):
        fd = os.open(os.path.join(out, "slots", "%d.age" % n), os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(fd, "wb") as f:
            f.write(slot)
    return len(found)


def vault_id(path):
    """Return the vault's id, which stands in clear in VAULT and in a backup."""
    if os.path.isdir(path):
        path = os.path.join(path, "VAULT")
    try:
        with open(path, "rb") as f:
            match = VAULT_ID.search(f.read(64 << 10))
    except OSError:
        match = None
    return match.group("id").decode() if match else ""


# Ed25519 (RFC 8032, section 6): no more of it than makes a public key of a seed.
# It takes no care to hide the seed from who measures the time that it takes.
P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P
BASE_Y = 4 * pow(5, P - 2, P) % P


def recover_x(y):
    """Return the even x of the point of the curve with that y."""
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P)
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return P - x if x & 1 else x


def add(a, b):
    """Add two points in extended coordinates: x = X/Z, y = Y/Z, x*y = T/Z."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def public_key(seed):
    scalar = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    scalar = scalar & ((1 << 254) - 8) | (1 << 254)
    x = recover_x(BASE_Y)
    sum_, point = (0, 1, 1, 0), (x, BASE_Y, 1, x * BASE_Y % P)
    while scalar:
        if scalar & 1:
            sum_ = add(sum_, point)
        point = add(point, point)
        scalar >>= 1
    inverse = pow(sum_[2], P - 2, P)
    x, y = sum_[0] * inverse % P, sum_[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def pin_of(identity, vault):
    """Derive the pin: the public half of the key that signs the vault's heads."""
    suite = b"hybrid" if identity.startswith("AGE-SECRET-KEY-PQ-") else b"x25519"
    key = hmac.new(bytes.fromhex(vault), identity.encode(), "sha256").digest()  # HKDF: extract
    seed = hmac.new(key, b"tacit/1/" + suite + b"/sign\x01", "sha256").digest()  # and expand
    return public_key(seed).hex()


def check_pin(vault, identity_file, noted):
    """Print the pin of the identity, and tell whether it is the one noted."""
    with open(identity_file, encoding="ascii", errors="replace") as f:
        match = IDENTITY.search(f.read(64 << 10).replace("\r", ""))
    if not match:
        print("%s: no identity of a vault; it is what age -d makes of a slot" % identity_file, file=sys.stderr)
        return False
    if not vault:
        print("pin: not known, because the vault's id is not here (it stands in the file VAULT)", file=sys.stderr)
        return False
    pin = pin_of(match.group(), vault)
    if not noted:
        print("pin %s; compare it with the one that you have noted" % pin, file=sys.stderr)
        return True
    if pin != noted.split(":")[0].strip().lower():
        print("pin %s: NOT the one that you have noted. This is another vault, or one from before a rotation" % pin, file=sys.stderr)
        return False
    print("pin %s: the one that you have noted" % pin, file=sys.stderr)
    return True


def files_below(top):
    if os.path.isfile(top):
        yield top
        return
    for folder, folders, names in os.walk(top):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                yield path


def collect(top):
    """Return the records below top, each once, and how many were cut off."""
    records, cut = {}, 0
    for path in files_below(top):
        try:
            with open(path, "rb") as f:
                data = f.read()
        except OSError as err:
            print("not read: %s" % err, file=sys.stderr)
            continue
        for record in carve(data):
            if record is None:
                cut += 1
            else:
                records.setdefault(hashlib.sha256(record.data).digest(), record)
    return sorted(records.values(), key=Record.order), cut


def write(record, out):
    """Write to a new file: names that differ in case may be one to the disk."""
    stem = "%s.v%d.s%d.%s" % (record.name, record.version, record.seq, record.kind)
    for n in range(1, 1000):
        record.file = stem + (".age" if n == 1 else "-%d.age" % n)
        try:
            fd = os.open(os.path.join(out, record.file), os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        except FileExistsError:
            continue
        with os.fdopen(fd, "wb") as f:
            f.write(record.data)
        return
    raise FileExistsError("too many records named " + stem)


def when(seconds):
    try:
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return str(seconds)


def table(records):
    """Print a line a record; the newest of a name is the last of its name."""
    rows = [("NAME", "VERSION", "SEQ", "KIND", "BYTES", "UPDATED", "FILE", "")]
    for i, r in enumerate(records):
        mark = ""
        if i + 1 == len(records) or records[i + 1].name != r.name:
            mark = "newest, deleted" if r.kind == "gone" else "newest"
        rows.append((r.name, str(r.version), str(r.seq), r.kind, str(r.size), when(r.updated), r.file, mark))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def main(args):
    if not 2 <= len(args) <= 4 or args[0] in ("-h", "--help"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    vault, out = args[:2]
    top = os.path.join(vault, "db")
    if not os.path.isdir(top):
        top = vault
    if not os.path.exists(top):
        print("%s: not there" % vault, file=sys.stderr)
        return 1
    if os.path.isdir(out) and os.listdir(out):
        print("%s: not empty; name a new folder" % out, file=sys.stderr)
        return 1
    known = vault_id(vault)
    print("vault %s" % (known or "id: not known; the file VAULT is not here"), file=sys.stderr)
    if len(args) > 2 and not check_pin(known, args[2], args[3] if len(args) > 3 else ""):
        return 1
    records, cut = collect(top)
    found = write_slots(top, out) if os.path.isfile(top) else 0
    if records:
        os.makedirs(out, mode=0o700, exist_ok=True)
    for record in records:
        write(record, out)
    if records:
        table(records)
    names = {r.name for r in records}
    print("%d values of %d names; %d cut off by the end of a file" % (len(records), len(names), cut), file=sys.stderr)
    if found:
        print("%d key slots in %s" % (found, os.path.join(out, "slots")), file=sys.stderr)
    return 0 if records or found else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
