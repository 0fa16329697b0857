"""Code that a notebook or a script hands over: a class or function, with all that it uses there.

It goes to workers by cloudpickle, in memory only; what is kept of it is source and digest.
"""

import ast
import dis
import inspect
import linecache
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from textwrap import dedent
from types import CodeType, FunctionType, ModuleType
from typing import Any

from fashion_bench.code import LONGEST_SOURCE, Code, parsed, version_of
from fashion_bench.errors import RAISED, CodeError, said


def code_of(thing: Any) -> Code:  # noqa: ANN401  # a class or function of any kind
    """Return the code of a class or function that a notebook or script defines.

    Its source is that of all that it refers to in the same notebook or script: other functions,
    classes and numbers there are a part of what it does.

    Raises:
        CodeError: it is no class or function, its source cannot be had, it hangs on variables of a
            function around it, or it cannot be pickled.
    """
    import cloudpickle  # type: ignore[import-untyped]

    name = getattr(thing, "__qualname__", type(thing).__name__).rpartition(".")[2]
    if not isinstance(thing, type | FunctionType) or name == "<lambda>":
        given = name if name == "<lambda>" else type(thing).__name__
        remedy = "hand over a class, or a function made by def"
        problem = "is neither a class nor a function with a name"
        raise CodeError(name, problem, given=given, remedy=remedy)
    codes = _code_objects(thing)
    if around := sorted({n for one in codes for n in one.co_freevars} - {"__class__"}):
        problem = f"hangs on {', '.join(around)} of a function around it"
        raise CodeError(name, problem, remedy="define it outside of any function")
    place = (thing.__module__ or "__main__").rpartition(".")[2]
    used, imports = _used_by(thing)
    code = parsed(Code(reference=f"{place}:{name}", source="\n".join(used)), name)
    code.definition()
    module = sys.modules.get(thing.__module__)
    by_value = module is not None and thing.__module__ != "__main__"
    try:
        if by_value:
            cloudpickle.register_pickle_by_value(module)
        pickled = cloudpickle.dumps(thing)
    except RAISED as error:
        problem = f"cannot be pickled ({said(error)})"
        raise CodeError(name, problem, remedy="let it refer to nothing but modules") from error
    finally:
        if by_value:
            cloudpickle.unregister_pickle_by_value(module)
    versions = {each: version_of(each) for each in sorted(imports)}
    return replace(code, imports={**versions, **code.imports}, pickled=pickled, given=True)


def _used_by(thing: Any) -> tuple[list[str], set[str]]:  # noqa: ANN401  # see ``code_of``
    """Return the source of all that is used of the same module, and what is of others."""
    sources: dict[str, str] = {}
    packages: set[str] = set()

    def look(one: Any) -> None:  # noqa: ANN401  # whatever a module holds
        sources[one.__qualname__] = ""  # on its way
        known: Mapping[str, Any] = vars(sys.modules.get(one.__module__, sys))
        if isinstance(one, FunctionType):
            known = one.__globals__
        bases = one.__mro__[1:] if isinstance(one, type) else ()
        names = sorted({name for each in _code_objects(one) for name in _globals_of(each)})
        for name, value in (
            *((base.__qualname__, base) for base in bases),
            *((name, known[name]) for name in names if name in known),
        ):
            home = value.__name__ if isinstance(value, ModuleType) else _home(value)
            if isinstance(value, type | FunctionType) and home == one.__module__:
                if value.__qualname__ not in sources:
                    look(value)
            elif (text := _literally(value)) is not None:
                sources.setdefault(name, f"{name} = {text}")
            elif home:
                packages.add(home.partition(".")[0])
        del sources[one.__qualname__]  # behind what it uses
        sources[one.__qualname__] = _source_of(one)

    look(thing)
    return list(sources.values()), packages - {"__main__", "builtins", thing.__module__}


def _globals_of(code: CodeType) -> Iterator[str]:
    for each in dis.get_instructions(code):
        if each.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield each.argval


def _literally(value: Any) -> str | None:  # noqa: ANN401  # whatever a module holds
    """Return a number, a text or a collection of such as a source has it; ``None`` of the rest."""
    if not isinstance(value, bool | int | float | str | bytes | tuple | list | dict):
        return None
    text = repr(value)
    try:
        ast.literal_eval(text[:LONGEST_SOURCE])
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return text


def _home(value: Any) -> str:  # noqa: ANN401  # whatever a module holds
    home = getattr(value, "__module__", None)
    return home if isinstance(home, str) else ""


def _code_objects(thing: Any) -> list[CodeType]:  # noqa: ANN401  # see ``code_of``
    """Return what is compiled of a function, or of a class's methods, with all in it."""
    held = [*vars(thing).values()] if isinstance(thing, type) else [thing]
    plain = [inspect.unwrap(getattr(one, "__func__", getattr(one, "fget", one))) for one in held]
    # What a decorator of somebody else's has put in a method's place is theirs.
    waiting = [
        one.__code__ for one in plain if _home(one) == thing.__module__ and hasattr(one, "__code__")
    ]
    found: list[CodeType] = []
    while waiting:
        found.append(waiting.pop())
        waiting += [each for each in found[-1].co_consts if isinstance(each, CodeType)]
    return found


def _source_of(thing: Any) -> str:  # noqa: ANN401  # see ``code_of``
    """Return the source of a class or function; of a class, that around one of its methods.

    ``inspect`` looks a class up by its name, which a script can give twice and a notebook always
    does.

    Raises:
        CodeError: it cannot be had.
    """
    codes = _code_objects(thing) if isinstance(thing, type) else []
    for code in codes:
        for node in _classes_of(code.co_filename):
            if node.name == thing.__name__ and node.lineno <= code.co_firstlineno <= (
                node.end_lineno or 0
            ):
                text = "".join(linecache.getlines(code.co_filename))
                return dedent(ast.get_source_segment(text, node, padded=True) or "")
    try:
        return dedent(inspect.getsource(thing))
    except (OSError, TypeError):
        remedy = "define it in a notebook or a file, with def or class"
        raise CodeError(thing.__name__, "its source cannot be had", remedy=remedy) from None


def _classes_of(file: str) -> list[ast.ClassDef]:
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return []
    return [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
