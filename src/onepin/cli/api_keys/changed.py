"""How a command answers that changed one key."""

from typing import TYPE_CHECKING

from onepin.cli.api_keys.shown import key_card
from onepin.cli.invocation import Invocation

if TYPE_CHECKING:
    from onepin.contract.api_keys import ApiKey


def answer(here: Invocation, key: "ApiKey", verb: str) -> None:
    """The key as it is now; with ``--quiet`` its id."""
    if here.json:
        here.data(key)
        return
    if here.quiet:
        here.write(str(key.id))
        return
    here.say(f"{here.err.style(verb, 'green')} {key.name!r}.")
    here.lines(key_card(here.out, key, here.now))
