"""The full parser, on cyclopts: help pages, completion, and what is wrong with a command line.

The only module that imports cyclopts. It is given the same rows as `lean`, as functions whose
signatures are made from the declared options.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, cast

from cyclopts import App, CycloptsError, Group, Parameter

from pochade import __version__
from pochade.apps.operations import (
    OPERATIONS,
    CompletionOptions,
    Operation,
    ReportOptions,
    Request,
)
from pochade.errors import UsageError
from pochade.options import Declared, Option, declared

NUL = "\0"
"""What a lone hyphen is replaced by, which cyclopts takes for an unfinished flag: the one letter
that no word of a command line can contain."""
ABOUT = """See, reduce and paint pictures by clustering."""
EPILOGUE = """Exit codes: 0 done; 1 some inputs failed; 2 usage; 3 an input cannot be read; \
4 an output cannot be written; 70 a defect of pochade; 98 larger than the input; \
99 quality not reached, or cannot tell; 130 interrupted; 141 the reader of a pipe went away."""


def read(words: Sequence[str]) -> Request | None:
    """The request that `words` make; None if they asked for help or the version, now printed.

    Raises:
        UsageError: with one sentence on what is wrong.
    """
    app = make_app()
    try:
        return _parsed(app, words)
    except SystemExit:  # rich's answer to a reader of the help that went away
        raise BrokenPipeError from None


def _parsed(app: App, words: Sequence[str]) -> Request | None:
    """See `read`."""
    try:
        command, bound, _ = app.parse_args(
            [NUL if word == "-" else word for word in words],
            print_error=False,
            exit_on_error=False,
        )
    except CycloptsError as error:
        raise UsageError(one_line(str(error)).replace(NUL, "-")) from None
    result = command(*bound.args, **bound.kwargs)
    return result if isinstance(result, Request) else None


def make_app() -> App:
    """The cyclopts application with one command for each operation."""
    # Plain text: the markdown that help may hold otherwise takes rich a third of the start to load.
    app = App(
        name="pochade",
        help=ABOUT,
        help_epilogue=EPILOGUE,
        help_format="plaintext",
        version=f"pochade {__version__}",
    )
    for place, row in enumerate(OPERATIONS):
        usage = f"Usage: pochade {row.name}{usage_words(row)} [OPTIONS]"
        app.command(command_for(row), name=row.name, usage=usage, sort_key=place)
    return app


def usage_words(row: Operation) -> str:
    """What the usage line says of the words that are not flags."""
    words = [item.option.metavar for kind in row.options for item in positional(kind)]
    return "".join(f" {word}" for word in words)


def command_for(row: Operation) -> Callable[..., Request]:
    """A function that cyclopts can read the options of `row` from; it returns the request."""
    places = [(kind, [item.name for item in declared(kind)]) for kind in row.options]

    def command(*words: str, **given: Any) -> Request:
        if words:
            words = tuple(word.replace(NUL, "-") for word in words)
            given |= {item.name: words for kind in row.options for item in positional(kind)}
        made = tuple(
            kind(**{name: frozen(given[name]) for name in names if name in given})
            for kind, names in places
        )
        return Request(row, made)

    items = [item for kind in row.options for item in declared(kind)]
    titles = dict.fromkeys(item.option.group for item in items)
    groups = {title: Group(title, sort_key=place) for place, title in enumerate(titles)}
    parameters = [parameter(item, groups[item.option.group]) for item in items]
    parameters.sort(key=lambda found: found.kind)
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {found.name: found.annotation for found in parameters}
    command.__name__ = row.name
    command.__doc__ = f"{row.summary}\n\n{row.details}"
    return command


def positional(kind: type) -> list[Declared]:
    """The option, if any, that takes the leftover words."""
    return [item for item in declared(kind) if item.option.positional]


def frozen(value: Any) -> Any:
    """Lists become tuples, as the dataclasses have them."""
    return tuple(value) if isinstance(value, list) else value


def parameter(item: Declared, group: Group) -> inspect.Parameter:
    """The function parameter that carries one option to cyclopts."""
    rules = item.option
    kind: Any = str
    if rules.choices:
        kind = Literal[rules.choices]
    if rules.parse is None:
        kind = bool
    if rules.positional:
        return inspect.Parameter(
            item.name,
            inspect.Parameter.VAR_POSITIONAL,
            annotation=Annotated[kind, Parameter(help=rules.help, group=group)],
        )
    if rules.repeat:
        kind = list[kind]
    names = tuple(name for name in (item.flag, rules.short) if name)
    settings: dict[str, Any] = {"name": names, "help": rules.help, "group": group}
    if rules.metavar:
        settings["metavar"] = rules.metavar
    if rules.parse is None:
        settings["negative"] = None if item.default else ()
    else:
        settings["converter"] = converter(rules)
        settings["negative"] = ()
    settings["show_default"] = item.default not in (None, (), False)
    return inspect.Parameter(
        item.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=item.default,
        annotation=Annotated[kind, Parameter(**settings)],
    )


def converter(rules: Option) -> Callable[[Any, Sequence[Any]], Any]:
    """What cyclopts calls with the words given for an option."""
    parse = rules.parse
    assert parse is not None

    def convert(_: Any, tokens: Sequence[Any]) -> Any:
        values = [parse(token.value.replace(NUL, "-")) for token in tokens]
        return values if rules.repeat else values[0]

    return convert


def one_line(message: str) -> str:
    """A message on a single line."""
    return " ".join(message.split())


def print_completion(options: CompletionOptions, report: ReportOptions, session: Any) -> int:
    """Print the completion script for a shell on standard output."""
    del report
    shell = cast(Literal["bash", "zsh", "fish"], options.shell[0])
    session.print(make_app().generate_completion(prog_name="pochade", shell=shell))
    return 0
