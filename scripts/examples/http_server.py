"""An HTTP server that inherits its listener from systemd or 'sockbroker exec'. It uses only
Python's standard library. On SIGTERM it finishes the current requests and exits.

    sockbroker exec --open web=tcp-listen:127.0.0.1:8080 -- python3 http_server.py
"""

import http.server
import os
import signal
import socket
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # an idle client must not delay the exit
    timeout = 5
    # send a reply in one packet
    wbufsize = -1

    def do_GET(self):
        body = b"hello from %d\n" % os.getpid()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if self.server.ending:
            # the client's next request uses a new connection, which another process accepts
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    # wait for the threads at the end
    daemon_threads = False
    ending = False

    def __init__(self, fd):
        super().__init__(None, Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = socket.socket(fileno=fd)
        # another process may accept first; then a blocking accept would delay SIGTERM
        self.socket.setblocking(False)
        self.server_name, self.server_port = "localhost", 0

    def end(self, *_):
        self.ending = True
        # in another thread, because this one runs serve_forever
        threading.Thread(target=self.shutdown).start()


if __name__ == "__main__":
    server = Server(3)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.end)
    print("ready", flush=True)
    server.serve_forever(poll_interval=0.02)
    server.server_close()
