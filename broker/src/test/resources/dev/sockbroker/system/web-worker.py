"""Opens or joins a listener, registers for ACCEPT or not, and holds it.

    web-worker.py SOCKET CLIENT NAME [register]
"""

import sys
import threading

from sockbroker import Broker

path, client, name = sys.argv[1:4]
broker = Broker(path, client)
bind = {"host": "127.0.0.1", "port": 0}
opened = broker.call("Open", family="INET", type="STREAM", bind=bind, backlog=8, name=name)
if "register" in sys.argv[4:]:
    broker.call("AsyncSelect", opened.descriptor, events=["ACCEPT"], standby=True)
print(opened.descriptor, opened.fields["local"]["port"], flush=True)
threading.Event().wait()
