"""The reader of configuration files beside Python's: what one takes the other takes, with the same meaning."""
import datetime
import random
import re
import struct
import subprocess
import tomllib

import pytest

from support.programs import path

# Documents at the edges of every rule of toml.io/en/v1.0.0, and whether each is TOML.
EDGES = [
    # Space, comments, ends of lines.
    ("", True), ("\n\r\n \t# note", True), ("#\ta", True), ("a=1 # x\r\nb=2", True), ("a=1\r", False), ("#\x01", False),
    ("#\x7f", False), ("a=1 b=2", False), ("a=1\n\nb=2\n", True), ("\x0ba=1", False), ("# \r x", False), ("a=1#\r\n", True),
    # Keys.
    ("a", False), ("a=", False), ("=1", False), ("a.=1", False), (".a=1", False), ("a..b=1", False), ("a . b = 1", True),
    ("1234 = 1\n-_ = 2", True), ("3.14159 = 'pi'", True), ("'' = 1", True), ('"" = 1', True), ("a b = 1", False),
    ("é = 1", False), ('"é" = 1\n"e\u0301" = 2', True), ("'a\\u0041' = 1\n\"a\\u0041\" = 2", True), ("a\n=1", False),
    ("a=\n1", False), ('"""a""" = 1', False), ("'''a''' = 1", False), ('"a\nb" = 1', False), ("a=1\na=2", False),
    ("a=1\n'a'=2", False), ("a.b=1\na.c=2", True), ("a.b=1\na.b.c=2", False), ("a=1\na.b=2", False),
    ("b.a=1\nc=1\nb.d=2", True), ("\"a\\\"b\".c=1", True), ("a+b=1", False), ("\u00a0a=1", False),
    # Strings.
    (r'a="\b\t\n\f\r\"\\\u00e9\U0001F600"', True), (r'a="\x41"', False), (r'a="\e"', False), (r'a="\ud800"', False),
    (r'a="\U00110000"', False), (r'a="\u12"', False), (r'a="\u+123"', False), ('a="\t"', True), ('a="\x1f"', False),
    ('a="x', False), ('a="x\n"', False), ("a='x\\'", True), ("a='x''", False), ("a='\x02'", False),
    ('a="""\nx"""', True), ('a="""x\\\n   \n\t y"""', True), ('a="""x\\ \n y"""', True), ('a="""x\\ y"""', False),
    ('a="""x\\\n\n"""', True), ('a="""""""', True), ('a=""""""""', True), ('a="""""""""', False), ('a="""x"""""', True),
    ('a="""x""""""', False), ("a='''x'''''", True), ("a='''x''''''", False), ("a='''\r\nx\r\n'''", True),
    ("a='''x\ry'''", False), ('a="""x\\\r\n y"""', True), ('a="""\x7f"""', False), ("a='''\\'''", True), ('a="""x', False),
    ("a='''x''", False), ('a=""""x"""', True), ('a="""x""y"""', True), ('a = "" ""', False), (r'a="""\"""""', True),
    (r'a="""\""""', True),
    # Integers.
    ("a=[0,+0,-0,+99,-17,1_000,5_349_221,1_2_3]", True), ("a=01", False), ("a=-01", False), ("a=_1", False),
    ("a=1_", False), ("a=1__0", False), ("a=[0xDEADBEEF,0xdead_beef,0o01234567,0b1101_0110,0x0]", True), ("a=0x", False),
    ("a=0x_1", False), ("a=-0x1", False), ("a=+0b1", False), ("a=0X1", False), ("a=0o8", False), ("a=0b2", False),
    ("a=9223372036854775807\nb=-9223372036854775808", True), ("a=9223372036854775808", False),
    ("a=-9223372036854775809", False), ("a=0xffffffffffffffff", False), ("a=--1", False), ("a=+-1", False), ("a=1a", False),
    ("a=0_0", False), ("a=+", False), ("a=1 2", False),
    # Floating-point numbers.
    ("a=[+1.0,3.1415,-0.01,5e+22,1e06,-2E-2,6.626e-34,224_617.445_991_228,0.0,-0.0,0e0]", True),
    ("a=[inf,+inf,-inf,nan,+nan,-nan]", True), ("a=.7", False), ("a=7.", False), ("a=3.e+20", False), ("a=1.e1", False),
    ("a=01.5", False), ("a=1._5", False), ("a=1_.5", False), ("a=1e_5", False), ("a=1e5_", False), ("a=1e1_0", True),
    ("a=1e", False), ("a=1e+", False), ("a=1.5.5", False), ("a=Inf", False), ("a=1e400", True), ("a=4.9e-324", True),
    ("a=9007199254740993.0", True), ("a=1e5.5", False), ("a=infinity", False), ("a=1.0_1", True), ("a=1e00", True),
    # Booleans.
    ("a=true\nb=false", True), ("a=True", False), ("a=truex", False), ("a=tru", False), ("true=true", True),
    # Dates and times.
    ("a=[1979-05-27T07:32:00Z,1979-05-27T00:32:00-07:00,1979-05-27t00:32:00.999999+23:59,1979-05-27 07:32:00Z]", True),
    ("a=[1979-05-27T07:32:00,1979-05-27T00:32:00.5,1979-05-27 07:32:00]", True), ("a=[1979-05-27,07:32:00,00:32:00.999]", True),
    ("a=1979-05-27 # x", True), ("a=1979-05-27 07", False), ("a=1979-02-29", False), ("a=2000-02-29", True),
    ("a=1900-02-29", False), ("a=1979-13-01", False), ("a=1979-00-01", False), ("a=1979-04-31", False), ("a=1979-5-27", False),
    ("a=24:00:00", False), ("a=23:60:00", False), ("a=23:59:60", False), ("a=07:32", False), ("a=07:32:00.", False),
    ("a=07:32:00Z", False), ("a=1979-05-27T", False), ("a=1979-05-27T07:32Z", False), ("a=1979-05-27T07:32:00+7:00", False),
    ("a=1979-05-27T07:32:00+24:00", False), ("a=1979-05-27T07:32:00ZZ", False), ("a=1979-05-27  07:32:00", False),
    ("a=1979-05-27T07:32:00.1234567Z", True), ("a=1979-05-27x", False), ("a=1979-05-27T07:32:00 Z", False),
    ("a=19790-05-27", False), ("a=9999-12-31", True), ("a=1979-05-27T07:32:00+07:60", False),
    # Arrays.
    ("a=[]", True), ("a=[1,]", True), ("a=[,]", False), ("a=[1,,2]", False), ("a=[1 2]", False), ("a=[\n1 # x\n,\n# y\n]", True),
    ("a=[1, 'x', [2.5], {b=1}]", True), ("a=[", False), ("a=[1", False), ("a=[1,", False), ("a=]", False), ("a=[[[]]]", True),
    ("a=[1]]", False), ("a=[1}", False), ("a=[#]\n]", True),
    # Inline tables.
    ("a={}", True), ("a={ }", True), ("a={b=1,c.d=2, e = {f=3}}", True), ("a={b=1,}", False), ("a={,}", False),
    ("a={b=1 c=2}", False), ("a={b=1\n}", False), ("a={\nb=1}", False), ("a={b=[\n1,\n]}", True), ("a={b=1,b=2}", False),
    ("a={b.c=1,b.d=2}", True), ("a={b={c=1},b.d=2}", False), ("a={b.c=1,b={d=2}}", False), ("a={b=1}\na.c=2", False),
    ("a={b={}}\na.b.c=2", False), ("a={b=1}\n[a]", False), ("a={b=1}\n[a.c]", False), ("a={b={}}\n[a.b.c]", False),
    ("a={b=1}\n[[a]]", False), ("a={b=1}\n[[a.c]]", False), ("a={b='''\n'''}", True), ("a={", False), ("a={b", False),
    ("a={b=1 # x}", False), ("[x]\na={b.c=1}\nb.c=2", True), ("a={b=1", False), ("a=[{b.c=1},{b.c=1}]", True),
    # Headers.
    ("[a]", True), ("[ a . 'b' ]", True), ("[]", False), ("[a", False), ("[a]]", False), ("[[a]", False), ("[[a] ]", False),
    ("[ [a]]", False), ("[a.]", False), ("[a] b=1", False), ("[a]#x", True), ("[a]\n[a]", False), ("[a.b]\n[a]", True),
    ("[a.b]\n[a]\n[a]", False), ("[a]\nb=1\n[a.b]", False), ("[a.b]\n[a]\nb=1", False), ("[a.b]\n[a]\nb.c=1", False),
    ("[a.b.c]\n[a]\nb.d=1", True), ("[a.b.c]\nz=9\n[a]\nb.c.t='x'", False), ("[a.b.c.d]\nz=9\n[a]\nb.c.d.k.t='x'", False),
    ("[a.b.c]\n[a]\nb.d=1\n[a.b]", False), ("[f]\na.c=1\n[f.a]", False), ("[f]\na.t.s=1\n[f.a.t]", False),
    ("[f]\na.t.s=1\n[f.a.u]", True), ("a.b=1\n[a]", False), ("a.b=1\n[a.c]", True), ("a.b=1\n[a.b]", False), ("a=1\n[a]", False),
    ("a=1\n[a.b]", False), ("a.b=1\n[[a]]", False), ("a.b=1\n[x]\n[a.c]\nd=1\n[a]", False), ("a\n[b]", False), ("[a\n]", False),
    # Arrays of tables.
    ("[[a]]\nb=1\n[[a]]\nb=2", True), ("[[a]]\n[a]", False), ("[a]\n[[a]]", False), ("[[a]]\n[a.b]\n[[a]]\n[a.b]", True),
    ("[[a]]\n[a.b]\n[a.b]", False), ("[[a.b]]\n[[a.b]]\n[a]", True), ("[a.b]\n[[a]]", False), ("a=[]\n[[a]]", False),
    ("a=[{}]\n[a.b]", False), ("a=[{}]\n[[a.b]]", False), ("[[a]]\n[[a.b]]\n[[a.b]]\n[[a]]\n[[a.b]]", True),
    ("[[a]]\nb.c=1\n[a.b]", False), ("[[a]]\nb.c=1\n[[a]]\n[a.b]", True), ("[[a]]\nb=1\n[[a.b]]", False),
    ("[[a.b]]\n[a]\nb.c=1", False), ("[[a]]\na.b=1", True), ("[[a]]\nb.c=1\n[[a]]\nb.c=1", True), ("[[a]]\n[[a.a]]\n[a.a.a]", True),
    ("[a]\nb=[]\n[[a.b]]", False), ("[[a.b.c]]\n[a.b]\nd=1\n[a.b.c.e]", True),
]


def is_beyond_ours(value):
    """Integers of more than 64 bits, which TOML does not have and Python takes."""
    if isinstance(value, dict):
        return any(map(is_beyond_ours, value.values()))
    if isinstance(value, list):
        return any(map(is_beyond_ours, value))
    return type(value) is int and not -(1 << 63) <= value < 1 << 63


def hexadecimal(text):
    return text.encode().hex()


def dump(value):
    """As toml-dump prints it, with moments in Python's form."""
    match value:
        case dict():
            return "{" + ",".join(f"{hexadecimal(k)}={dump(v)}" for k, v in sorted(value.items())) + "}"
        case list():
            return "[" + ",".join(map(dump, value)) + "]"
        case str():
            return "s" + hexadecimal(value)
        case bool():
            return f"b{str(value).lower()}"
        case int():
            return f"i{value}"
        case float():
            return "fnan" if value != value else f"f{struct.unpack('>Q', struct.pack('>d', value))[0]:x}"
        case datetime.datetime():
            kind = "a date and time" + (" with an offset" if value.tzinfo else "")
        case datetime.date():
            kind = "a date"
        case datetime.time():
            kind = "a time"
    return "m" + hexadecimal(f"{kind} {value.isoformat()}")


def python_moment(match):
    """A moment as the document writes it, in Python's form: six digits of a second, or none when they are zeros."""
    kind, text = re.fullmatch(r"(a \D+) (\d.*)", bytes.fromhex(match[1]).decode()).groups()
    text = re.sub(r"[t ]", "T", text)
    text = re.sub(r"[zZ]$|[+-]00:00$", "+00:00", text)
    text = re.sub(r"\.(\d+)", lambda m: "." + m[1][:6].ljust(6, "0"), text).replace(".000000", "")
    return "m" + hexadecimal(f"{kind} {text}")


def sort_tables(line):
    """The same line with the names of every table in order."""
    def table(at):
        entries, at = [], at + 1
        while line[at] != "}":
            at += line[at] == ","
            equals = line.index("=", at)
            text, end = value(equals + 1)
            entries.append((bytes.fromhex(line[at:equals]).decode(), line[at:equals + 1] + text))
            at = end
        return "{" + ",".join(text for _, text in sorted(entries)) + "}", at + 1

    def value(at):
        if line[at] == "{":
            return table(at)
        if line[at] == "[":
            items, at = [], at + 1
            while line[at] != "]":
                text, at = value(at + (line[at] == ","))
                items.append(text)
            return "[" + ",".join(items) + "]", at + 1
        end = re.compile(r"[,\]}]").search(line, at).start()
        return line[at:end], end

    text, end = table(0)
    assert end == len(line)
    return text


def pythons(document):
    """What Python says of a document: its meaning, or None when it is not TOML."""
    try:
        value = tomllib.loads(document)
    except tomllib.TOMLDecodeError:
        return None
    return None if is_beyond_ours(value) else dump(value)


def ours(folder, documents):
    file = folder / "documents"
    file.write_bytes(b"".join(document.encode() + b"\0" for document in documents))
    done = subprocess.run([path("toml-dump"), str(file)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(documents)
    return lines


def meaning(line):
    """Of a line of toml-dump; None for an error."""
    if line.startswith("error "):
        assert re.match(r"error [1-9]\d*:[1-9]\d* ", line), line
        return None
    return re.sub(r"(?<=[=,\[])m([0-9a-f]+)", python_moment, sort_tables(line))


def assert_alike(folder, documents):
    """Whether both readers say the same of every document; how many are TOML."""
    count = 0
    for document, line in zip(documents, ours(folder, documents), strict=True):
        expected = pythons(document)
        assert meaning(line) == expected, f"{document!r}\nours: {line}\nPython: {expected}"
        count += expected is not None
    return count


def test_hand_picked_documents_are_read_as_toml_says(folder):
    documents = [document for document, _ in EDGES]
    for (document, is_toml), line in zip(EDGES, ours(folder, documents), strict=True):
        assert (meaning(line) is not None) == is_toml, f"{document!r}: {line}"
    assert assert_alike(folder, documents) == sum(is_toml for _, is_toml in EDGES)


class Author:
    """Writes documents at random: most of them TOML, with few names, so that tables meet."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def some(self, most):
        return range(self.random.randint(0, most))

    def name(self):
        return self.random.choice(["a", "b", "c", "'a'", '"b"', '"\\u0063"', "d-1", "7", "''", '"\u00e9 x"'])

    def key(self):
        dot = self.random.choice([".", ".", " . "])
        return dot.join(self.name() for _ in range(self.random.choice([1, 1, 1, 2, 3])))

    def text(self, allowed):
        return "".join(self.random.choice(allowed) for _ in self.some(6))

    def string(self):
        plain = ["x", "y ", "é", "😀", "#", "=", "[", "}", "\t", ","]
        escapes = ['\\"', "\\\\", "\\n", "\\t", "\\u00E9", "\\U0001f600", "\\u007F"]
        quote, more = self.random.choice([
            ('"', escapes + ["'"]), ("'", ["\\", '"']), ('"""', escapes + ["\n", "\r\n", '"', "\\\n  ", "\\  \n\n"]),
            ("'''", ["\n", "\r\n", "'", "\\"])])
        return quote + self.text(plain + more) + quote

    def number(self):
        digits = self.random.choice(["0", "7", "42", "1_000", "9223372036854775807", "00", "0_1"])
        sign = self.random.choice(["", "", "+", "-"])
        fraction = self.random.choice(["", "", ".5", ".000_1", f".{self.random.randrange(10 ** 9)}"])
        exponent = self.random.choice(["", "", "e3", "E-05", "e+300", "e-310"])
        return self.random.choice(
            [sign + digits, sign + digits + fraction + exponent, f"{self.random.getrandbits(63):#x}", "0o755", "0b1_0", "-inf",
             "nan", repr(self.random.lognormvariate(0, 80))])

    def moment(self):
        draw = self.random.randrange
        date = f"{draw(1, 10_000):04}-{draw(1, 13):02}-{draw(1, 32):02}"
        time = f"{draw(24):02}:{draw(60):02}:{draw(60):02}" + self.random.choice(["", ".5", ".123456", ".123456789", ".000"])
        offset = self.random.choice(["", "Z", f"+{draw(24):02}:{draw(60):02}", f"-{draw(1, 24):02}:{draw(60):02}"])
        return self.random.choice([date, time, date + self.random.choice("Tt ") + time + offset])

    def value(self, depth=0):
        kind = self.random.randrange(10 if depth < 3 else 7)
        if kind < 3:
            return self.string()
        if kind < 5:
            return self.number()
        if kind == 5:
            return self.moment()
        if kind == 6:
            return self.random.choice(["true", "false"])
        if kind == 7:
            pairs = [f"{self.key()} = {self.value(depth + 1)}" for _ in self.some(3)]
            return "{ " + ", ".join(pairs) + " }"
        space = self.random.choice(["", " ", "\n", " # note\n"])
        items = [self.value(depth + 1) + space for _ in self.some(3)]
        return "[" + space + ",".join(items) + self.random.choice(["", "," if items else ""]) + "]"

    def document(self):
        lines = []
        for _ in range(self.random.randint(1, 8)):
            match self.random.randrange(6):
                case 0:
                    lines.append(f"[{self.key()}]")
                case 1:
                    lines.append(f"[[{self.key()}]]")
                case 2:
                    lines.append(self.random.choice(["", "# note", " "]))
                case _:
                    lines.append(f"{self.key()} = {self.value()}{self.random.choice(['', ' # note'])}")
        return self.random.choice(["\n", "\n", "\r\n"]).join(lines) + self.random.choice(["", "\n"])

    def damaged(self, document):
        """With a few characters taken out, put in, or exchanged, or without its end."""
        characters = list(document)
        if self.random.random() < 0.2:
            return "".join(characters[:self.random.randint(0, len(characters))])
        for _ in range(self.random.randint(1, 3)):
            at = self.random.randint(0, len(characters))
            put = self.random.choice(list("\"'\\[]{}=.,#_-+:0129abeTZxu \t\n\r") + ["\x01", "\x7f", "\u2028", '"""', "\\\n"])
            characters[at:at + self.random.randint(0, 2)] = self.random.choice([[], [put]])
        return "".join(characters)


@pytest.mark.parametrize("seed", range(8))
def test_documents_at_random_mean_the_same_to_both(folder, seed):
    author = Author(seed)
    written = [author.document() for _ in range(2500)]
    # Python has no year 0.
    documents = [d for d in written + [author.damaged(d) for d in written] if "0000-" not in d]
    valid = assert_alike(folder, documents)
    assert 0.2 < valid / len(documents) < 0.8
