"""Runs tests against an answer that is held by another process (solution.py).

Standard input: prefix, setup, entry point and tests, with a zero byte between. Pipes 4 and 5 lead
to the answer; the report goes to 3, one line a test: pass, fail REASON or broken REASON. What comes
from the answer is plain data, or a proxy that is equal to no data: an answer cannot bring along an
object that claims to be equal to everything, end the tests early, or read them. What the question
shows in its prefix runs here as well, and tests call this side's: an answer cannot redefine it.
"""

import _pickle as pickle  # pickle itself takes longer to import than most tests to run
import builtins
import importlib
import io
import sys

ALLOWED = {
    "builtins": {"complex", "range", "bytearray", "slice", "int", "float", "str", "bytes", "tuple",
                 "list", "dict", "set", "frozenset"},
    "collections": {"deque"},
    "datetime": {"date", "datetime", "time", "timedelta"},
    "decimal": {"Decimal"},
}


class Gone(BaseException):
    """The answer's process has ended."""


class Broken(BaseException):
    """The test itself cannot be run."""


class AnswerError(Exception):
    """An exception of the answer's own."""


def local(key):
    """Stands for the object of the other side behind a proxy."""


class Sender(pickle.Pickler):
    def reducer_override(self, value):
        if type(value) is Proxy:
            return local, (object.__getattribute__(value, "_key"),)
        return NotImplemented


class Receiver(pickle.Unpickler):
    def find_class(self, module, name):
        # Functions made for this call: what the other side may do to them is of no use to it.
        if (module, name) == ("__main__", "remote"):
            return lambda key: Proxy(key)
        if (module, name) == ("__main__", "fraction"):
            fractions = importlib.import_module("fractions")
            return lambda numerator, denominator: fractions.Fraction(int(numerator), int(denominator))
        if name in ALLOWED.get(module, ()):
            return super().find_class(module, name)
        raise pickle.UnpicklingError("the answer sent " + module + "." + name)


class Channel:
    def __init__(self):
        self.answers, self.questions = open(4, "rb"), open(5, "wb")

    def receive(self):
        try:
            reply = Receiver(self.answers).load()
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise Gone(str(error))
        if type(reply) is not tuple or len(reply) < 2:
            raise Gone("no reply")
        if reply[0] == "raised" and len(reply) == 3:
            kind, text = str(reply[1]), str(reply[2])
            known = getattr(builtins, kind, None)
            if isinstance(known, type) and issubclass(known, Exception):
                try:
                    error = known(text)
                except Exception:
                    error = AnswerError(kind + ": " + text)
                raise error
            raise AnswerError(kind + ": " + text)
        return reply

    def ask(self, operation, proxy, *args, **kwargs):
        buffer = io.BytesIO()
        try:
            Sender(buffer, 5).dump((operation, proxy, args, kwargs))
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise Broken("it hands over what cannot be sent: " + str(error))
        try:
            self.questions.write(buffer.getvalue())
            self.questions.flush()
        except OSError as error:
            raise Gone(str(error))
        reply = self.receive()
        if reply[0] != "value" or len(reply) != 3 or type(reply[2]) is not tuple:
            raise Gone("no reply")
        return adopt(args, reply[2], reply[1])


def adopt(args, returned, result):
    """Lists and the like that were changed in place are changed here, too."""
    for ours, theirs in zip(args, returned):
        if type(ours) is not type(theirs) or type(ours) not in (list, dict, set, bytearray):
            continue
        if theirs is result:
            result = ours
        if type(ours) in (list, bytearray):
            ours[:] = theirs
        else:
            ours.clear()
            ours.update(theirs)
    return result


class Proxy:
    __slots__ = ("_key",)

    def __init__(self, key):
        object.__setattr__(self, "_key", key)

    def __call__(self, *args, **kwargs):
        return channel.ask("call", self, *args, **kwargs)

    def __getattr__(self, name):
        return channel.ask("get", self, name)

    def __setattr__(self, name, value):
        channel.ask("set", self, name, value)

    def __getitem__(self, key):
        return channel.ask("item", self, key)

    def __setitem__(self, key, value):
        channel.ask("set_item", self, key, value)

    def __iter__(self):
        return channel.ask("iter", self)

    def __next__(self):
        return channel.ask("next", self)

    def __contains__(self, value):
        return bool(channel.ask("contains", self, value))

    def __len__(self):
        return channel.ask("length", self)

    def __bool__(self):
        return bool(channel.ask("true", self))

    def __str__(self):
        return str(channel.ask("text", self))

    def __repr__(self):
        return str(channel.ask("show", self))

    def __instancecheck__(self, value):
        return type(value) is Proxy and bool(channel.ask("instance", self, value))

    def __eq__(self, other):
        return type(other) is Proxy and bool(channel.ask("equal", self, other))

    __hash__ = object.__hash__


def documented():
    """A stub."""


def undocumented():
    pass


def raises():
    raise NotImplementedError


def raises_object():
    raise NotImplementedError()


def raises_text():
    raise NotImplementedError("which")


STUBS = {documented.__code__.co_code, undocumented.__code__.co_code}
RAISES = {each.__code__.co_code for each in (raises, raises_object, raises_text)}


def is_for_the_answer(value):
    """Of what the question shows: what it leaves open, and its classes, as instances live there."""
    if isinstance(value, type):
        return value.__module__ == "tests"
    code = getattr(value, "__code__", None)
    if code and code.co_code in STUBS:  # the code of "return 100" is the same: it names no constant
        return all(each is None or each == value.__doc__ for each in code.co_consts)
    return bool(code) and code.co_code in RAISES and code.co_names == ("NotImplementedError",)


def add_answer(names, entry_point):
    """The answer's globals, to what the tests have of the question."""
    reply, defined = channel.receive(), set()
    for name, kind, value in reply[1]:
        defined.add(name)
        if name == entry_point:
            names[name] = value
        elif name in names and not is_for_the_answer(names[name]):
            continue
        elif kind == "module":  # this side's own: the answer cannot change what math.isclose says
            if value.partition(".")[0] in sys.stdlib_module_names:
                names[name] = importlib.import_module(value)
        elif not name.isidentifier() or name.startswith("__") or hasattr(builtins, name):
            continue
        elif not entry_point or name not in sys.stdlib_module_names:  # nor bring a math of its own
            names[name] = value
    if entry_point:
        if entry_point not in defined:
            raise AnswerError("the answer defines no " + entry_point)
        names["candidate"] = names[entry_point]


def verdict_of(step):
    try:
        return "pass", step()
    except AssertionError as error:
        return "fail", "assertion failed " + str(error)
    except Gone:
        return "fail", "the program ended"
    except Broken as error:
        return "broken", str(error)
    except BaseException as error:
        return "fail", type(error).__name__ + ": " + str(error)


def compiled(text, where):
    try:
        return compile(text, where, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise Broken("it does not compile: " + str(error))


def report(kind, detail=""):
    line = kind + " " + " ".join(detail.split())[:300] + "\n"
    output.write(line.encode("utf-8", "replace"))
    output.flush()
    return kind == "pass"


def main():
    text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    prefix, setup, entry_point, *tests = text.split("\0")
    names = {"__name__": "tests"}
    kind, detail = verdict_of(lambda: exec(compiled(prefix, "prefix"), names))
    if kind != "pass":  # whatever the answer is
        return report("broken", "prefix: " + detail)
    kind, detail = verdict_of(lambda: add_answer(names, entry_point))
    if kind != "pass":  # an answer with a mistake of syntax is a wrong answer, no broken test
        return report("fail", detail)
    kind, detail = verdict_of(lambda: exec(compiled(setup, "setup"), names))
    if kind != "pass":
        return report(kind, "setup: " + detail)
    report("ready")
    for number, test in enumerate(tests, 1):
        kind, detail = verdict_of(lambda: exec(compiled(test, "test %d" % number), names))
        if not report(kind, detail or ""):
            return


output = open(3, "wb")
channel = Channel()
main()
