"""Talks to the running Nigh of a home over its socket, as docs/SOCKET.md describes. Standard library only.

    python3 nigh_client.py HOME who
    python3 nigh_client.py HOME send bob "lunch?"
    python3 nigh_client.py HOME follow
"""

import hashlib
import hmac
import json
import secrets
import socket
import sys
from pathlib import Path


class NighError(Exception):
    def __init__(self, error):
        super().__init__(error["message"])
        self.code = (error.get("data") or {}).get("code", "unexpected")


class Nigh:
    def __init__(self, home):
        self._secret = (Path(home) / "secret").read_bytes()
        path = (Path(home) / "socket").read_text().splitlines()[0]
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self._lines = self._socket.makefile("r", encoding="utf-8", newline="\n")
        self._last_id = 0
        self._events = []
        self._shake_hands()
        self.call("hello", version=1)

    def _shake_hands(self):
        """Both sides prove that they can read HOME/secret, before anything is said."""
        mine = secrets.token_bytes(32)
        self._say({"nigh": 1, "nonce": mine.hex()})
        answer = self._hear()
        theirs = bytes.fromhex(answer["nonce"])
        expected = self._proof(b"server", mine, theirs)
        if not hmac.compare_digest(answer["proof"], expected):
            raise PermissionError("whatever listens there is not this home's Nigh")
        self._say({"proof": self._proof(b"client", mine, theirs)})

    def _proof(self, side, client, server):
        said = b"nigh-door-1 " + side + client + server
        return hmac.new(self._secret, said, hashlib.sha256).hexdigest()

    def _say(self, message):
        self._socket.sendall((json.dumps(message) + "\n").encode())

    def _hear(self):
        line = self._lines.readline()
        if not line:
            raise ConnectionError("the running Nigh ended")
        return json.loads(line)

    def call(self, method, **params):
        """One method of the Agent; raises NighError with its code."""
        self._last_id += 1
        self._say({"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params})
        while True:
            message = self._hear()
            if message.get("id") == self._last_id and "method" not in message:
                if "error" in message:
                    raise NighError(message["error"])
                return message["result"]
            self._keep(message)

    def _keep(self, message):
        if message.get("method") == "events/event":
            self._events.append(message["params"]["event"])

    def events(self, since=None):
        """What happens, for ever; with `since`, first what happened after that number."""
        self.call("events/open", **({} if since is None else {"since": since}))
        while True:
            while self._events:
                yield self._events.pop(0)
            self._keep(self._hear())


def main(home, command, *words):
    nigh = Nigh(home)
    if command == "who":
        for person in nigh.call("who"):
            print(person["who"]["name"], person["evidence"])
    elif command == "send":
        to, text = words
        print(nigh.call("send", to=to, text=text, waitMs=5000)["outcome"])
    elif command == "follow":
        for event in nigh.events():
            print(json.dumps(event), flush=True)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except NighError as error:
        sys.exit(f"{error.code}: {error}")
    except KeyboardInterrupt:
        pass
