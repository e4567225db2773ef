"""terminal.py COLUMNS INTERRUPT COMMAND... : runs a command on a terminal of its own and says what stands on it.

INTERRUPT is the number of times Ctrl-C is typed: the first once a share of the work is told, more right behind it.
Prints JSON: the exit code, the lines that stand on the screen at the end, every state of the line of progress, and whether
it ever went over the edge.
"""

import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios
import time

columns, interrupt, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]


class Screen:
    """As much of a terminal as a line of progress needs."""

    def __init__(self):
        self.lines, self.row, self.column = [""], 0, 0
        self.drawn, self.over = [], False

    def put(self, character):
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[: self.column] + character + line[self.column + 1 :]
        self.column += 1
        progress = " %: " in self.lines[self.row] or "stopping:" in self.lines[self.row]
        self.over |= progress and self.column > columns

    def feed(self, text):
        for piece in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|.", text, re.DOTALL):
            if piece == "\n":
                self.row += 1
                if self.row == len(self.lines):
                    self.lines.append("")
                self.column = 0
            elif piece == "\r":
                if " %: " in self.lines[self.row] and self.lines[self.row] not in self.drawn[-1:]:
                    self.drawn.append(self.lines[self.row])
                self.column = 0
            elif piece.endswith("K") and piece.startswith("\x1b"):
                erased = self.lines[self.row]
                if " %: " in erased and erased not in self.drawn[-1:]:
                    self.drawn.append(erased)
                self.lines[self.row] = "" if piece == "\x1b[2K" else erased[: self.column]
            elif piece.endswith("A") and piece.startswith("\x1b"):
                self.row = max(0, self.row - int(piece[2:-1] or 1))
            elif not piece.startswith("\x1b"):
                self.put(piece)


pid, terminal = pty.fork()
if pid == 0:
    # before the command can ask
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.environ["TERM"] = "xterm"
    os.execvp(command[0], command)

screen, typed, began = Screen(), 0, time.time()
raw = b""
while time.time() - began < 200:
    ready, _, _ = select.select([terminal], [], [], 0.1)
    if ready:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        raw += piece
        screen.feed(piece.decode(errors="replace"))
    under_way = any(" %: " in line and " 0 %: " not in line for line in screen.drawn + screen.lines)
    while typed < interrupt and (under_way or typed > 0):
        os.write(terminal, b"\x03")
        typed += 1
        # two signals that are waited for at once are one
        time.sleep(0.05)
_, status = os.waitpid(pid, 0)
print(
    json.dumps(
        {
            "code": os.waitstatus_to_exitcode(status),
            "screen": [line.rstrip() for line in screen.lines],
            "drawn": [line.rstrip() for line in screen.drawn],
            "over": screen.over,
            "raw": raw.decode(errors="replace"),
        }
    )
)
