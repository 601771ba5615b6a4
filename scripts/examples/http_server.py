"""An HTTP server that is given its listener, as systemd and 'sockbroker exec' do: a plain program of
Python's own library. SIGTERM ends it when what it is answering is answered.

    sockbroker exec --open web=tcp-listen:127.0.0.1:8080 -- python3 http_server.py
"""

import http.server
import os
import signal
import socket
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # a client that says nothing does not hold up the end
    timeout = 5
    # an answer is one packet
    wbufsize = -1

    def do_GET(self):
        body = b"hello from %d\n" % os.getpid()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if self.server.ending:
            # the client's next request is to come on a new connection, which another process takes
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    # its threads are waited for at the end
    daemon_threads = False
    ending = False

    def __init__(self, fd):
        super().__init__(None, Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = socket.socket(fileno=fd)
        # another process that shares it may be quicker: then accept must not wait, or SIGTERM would wait with it
        self.socket.setblocking(False)
        self.server_name, self.server_port = "localhost", 0

    def end(self, *_):
        self.ending = True
        # not by this thread, which is the one that serves
        threading.Thread(target=self.shutdown).start()


if __name__ == "__main__":
    server = Server(3)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.end)
    print("ready", flush=True)
    server.serve_forever(poll_interval=0.02)
    server.server_close()
