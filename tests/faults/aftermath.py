"""After a crash: find out what became of the writes that nobody answered, and hold the rest to what was promised."""

from collections import defaultdict
from http import HTTPStatus
from uuid import UUID

from faults.journal import Entry, Journal, Known
from faults.ledger import Ledger, Row
from faults.servers import Client


class Aftermath:
    """Compares a journal with a server that runs again, by its behaviour and by its rows."""

    def __init__(self, journal: Journal, ledger: Ledger, client: Client) -> None:
        self._journal = journal
        self._client = client
        self._rows = {row.id: row for row in ledger.rows()}
        self._by_name: dict[str, list[Row]] = defaultdict(list)
        for row in self._rows.values():
            self._by_name[row.name].append(row)
        self.replayed = 0

    def examine(self, since: int) -> None:
        """Everything from entry number ``since`` on; what is wrong goes into the journal's violations."""
        recent = self._journal.entries[since:]
        for entry in recent:
            if entry.state == "unknown":
                self._settle(entry)
        names = {entry.name for entry in recent}
        for key in self._journal.keys.values():
            if key.name in names:
                self.verify(key)

    def verify(self, key: Known) -> None:
        """The holder of a secret is answered as they were told they would be."""
        status = self._client.whoami(key.secret)
        if status != (HTTPStatus.OK if key.usable else HTTPStatus.UNAUTHORIZED):
            self._blame(f"{key.name}: usable is {key.usable}, whoami says {status}")

    def _settle(self, entry: Entry) -> None:
        successors = [row for row in self._by_name[entry.name] if not self._told(row.id)]
        committed = bool(successors) if entry.operation != "revoke" else self._ended(entry)
        if len(successors) > 1 or (entry.operation == "rotate" and committed != self._ended(entry)):
            self._blame(f"half of {entry}: {successors}, the old key's end is {self._ended(entry)}")
            return
        if entry.value is not None or entry.operation == "revoke":
            self._retry(entry, committed, successors)
        elif committed:  # nobody can know its secret any more
            self._journal.unreturned.update(row.id for row in successors)
            if entry.old is not None:
                self._journal.keys[entry.old].usable = bool(entry.grace)

    def _retry(self, entry: Entry, committed: bool, successors: list[Row]) -> None:
        status, body, headers = entry.send(self._client)
        if status not in (HTTPStatus.OK, HTTPStatus.CREATED):
            self._blame(f"retry of {entry}: {status} {body}")
            return
        data = body["data"]
        self._journal.acked(entry, data)
        if entry.operation == "revoke":
            return
        replayed = headers.get("Idempotency-Replayed") == "true"
        self.replayed += replayed
        made = UUID(data.get("new_key", data)["id"])
        if replayed != committed or (committed and made != successors[0].id):
            self._blame(f"retry of {entry}: committed {committed}, replayed {replayed}, key {made}, found {successors}")

    def _ended(self, entry: Entry) -> bool:
        row = self._rows.get(entry.old) if entry.old is not None else None
        return row is not None and (row.revoked_at is not None or row.expires_at is not None)

    def _told(self, key_id: UUID) -> bool:
        return key_id in self._journal.keys or key_id in self._journal.unreturned

    def _blame(self, text: str) -> None:
        self._journal.violations.append(text)


def final_faults(journal: Journal, ledger: Ledger, client: Client) -> list[str]:
    """Every secret ever returned, every row, every counter and every audit event."""
    last = Aftermath(journal, ledger, client)
    for key in journal.keys.values():
        last.verify(key)
    stored = {row.id: row for row in ledger.rows()}
    strangers = set(stored) - set(journal.keys) - journal.unreturned
    lost = set(journal.keys) - set(stored)
    usable = {key_id for key_id, key in journal.keys.items() if key.usable} | journal.unreturned
    active = {key_id for key_id, row in stored.items() if row.active}
    return [
        *journal.violations,
        *ledger.faults(),
        *(f"key {key} was made for nobody" for key in strangers),
        *(f"key {key} was lost" for key in lost),
        *(f"key {key} is active in one place only" for key in usable ^ active),
    ]
