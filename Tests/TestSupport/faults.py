"""An OpenAI-compatible server that goes wrong as it is told: faults.py LOG FAULT...

Each answer request takes the next fault; without one left it answers. LOG gets a line a request: the fault or
`answered`, a tab, the prompt as JSON. Prints its port.
"""

import hashlib
import http.server
import json
import socket
import struct
import sys
import threading
import time

log_path, faults = sys.argv[1], sys.argv[2:]
lock = threading.Lock()


def told(prompt, count):
    """Log-probabilities of single letters and words, by the prompt alone."""
    tokens = [chr(65 + i) for i in range(26)] + [" yes", "No", "1", "2", "3", "4", "5"]
    scored = []
    for token in tokens:
        digest = hashlib.sha256((prompt + "\0" + token).encode()).digest()
        scored.append({"token": token, "logprob": -5 * digest[0] / 255})
    return sorted(scored, key=lambda entry: -entry["logprob"])[:count]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        models = {"data": [{"id": "tiny", "created": time.time(), "meta": {"size": 1}}]}
        self.send(200, json.dumps(models).encode())

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = request.get("prompt") or request["messages"][-1]["content"]
        with lock:
            fault = faults.pop(0) if faults else "answered"
            with open(log_path, "a") as log:
                log.write(f"{fault}\t{json.dumps(prompt)}\n")
        if "messages" in request:
            logprobs = {"content": [{"top_logprobs": told(prompt, request["top_logprobs"])}]}
        else:
            listed = told(prompt, request["logprobs"])
            logprobs = {"top_logprobs": [{e["token"]: e["logprob"] for e in listed}]}
        answer = json.dumps({"choices": [{"logprobs": logprobs}]}).encode()
        error = json.dumps({"error": {"message": f"no: {self.headers.get('Authorization')}"}}).encode()
        if fault == "answered":
            self.send(200, answer)
        elif fault == "slow":
            time.sleep(1)
            self.send(200, answer)
        elif fault == "stall":
            time.sleep(4)
            self.close_connection = True
        elif fault == "retry-after":
            self.send(429, error, [("Retry-After", "1")])
        elif fault == "truncated":
            self.send(200, answer[: len(answer) // 2])
        elif fault == "empty":
            self.send(200, b'{"choices": []}')
        elif fault == "garbage":
            self.send(200, b"\xff\xfe{\"choices\": \xc3\x28}")
        elif fault == "reset":
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer[:10])
            self.wfile.flush()
            # Nothing lingers: the other side sees a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        else:
            self.send(int(fault), error)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
