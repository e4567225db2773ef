"""usage: language_server.py QUESTION: what yaml-language-server, which editors use, finds wrong in each of `texts` by `schema`.

Prints JSON: a list of messages for each text; null where the server is not installed (`TRAINYARD_YAML_SERVER` names it, else it
is looked for on the path).
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


class Server:
    """Spoken to as editors do: JSON behind a header with its length."""

    def __init__(self, program):
        self.process = subprocess.Popen([program, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.number, self.problems = 0, {}

    def send(self, **message):
        text = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(text) + text)
        self.process.stdin.flush()

    def receive(self):
        length = 0
        while line := self.process.stdout.readline().strip():
            name, value = line.split(b":", 1)
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            raise SystemExit("the server ended")
        return json.loads(self.process.stdout.read(length))

    def handle(self, message):
        method, parameters = message.get("method"), message.get("params")
        if method == "textDocument/publishDiagnostics":
            self.problems[parameters["uri"]] = [problem["message"] for problem in parameters["diagnostics"]]
        elif method == "workspace/configuration":
            answers = [SETTINGS.get(item.get("section"), {}) for item in parameters["items"]]
            self.send(id=message["id"], result=answers)
        elif method and "id" in message:
            self.send(id=message["id"], result=None)

    def ask(self, method, **parameters):
        self.number += 1
        self.send(id=self.number, method=method, params=parameters)
        while (message := self.receive()).get("id") != self.number or "method" in message:
            self.handle(message)
        return message.get("result")


program = os.environ.get("TRAINYARD_YAML_SERVER") or shutil.which("yaml-language-server")
if not program:
    print("null")
    raise SystemExit
question = json.load(open(sys.argv[1]))
with tempfile.TemporaryDirectory() as folder:
    schema = Path(folder) / "schema.json"
    schema.write_text(json.dumps(question["schema"]))
    SETTINGS = {
        "yaml": {"schemas": {schema.as_uri(): "*.yaml"}, "validate": True, "schemaStore": {"enable": False}},
    }
    server = Server(program)
    try:
        server.ask("initialize", processId=os.getpid(), rootUri=Path(folder).as_uri(), capabilities={
            "workspace": {"configuration": True, "didChangeConfiguration": {}},
            "textDocument": {"publishDiagnostics": {}},
        })
        server.send(method="initialized", params={})
        server.send(method="workspace/didChangeConfiguration", params={"settings": SETTINGS})
        found = []
        for number, text in enumerate(question["texts"]):
            uri = (Path(folder) / f"{number}.yaml").as_uri()
            document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
            server.problems.pop(uri, None)
            server.send(method="textDocument/didOpen", params={"textDocument": document})
            while uri not in server.problems:
                server.handle(server.receive())
            found.append(server.problems[uri])
        print(json.dumps(found))
    finally:
        server.process.kill()
