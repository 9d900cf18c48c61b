"""A byte relay on gevent: two greenlets for each connection, blocking code on patched sockets."""

from gevent import monkey

monkey.patch_all()

import socket
import sys

import gevent
from gevent.server import StreamServer

PORT, UPSTREAM, LATENCY = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) / 1000
BUFFER = 65536


def pump(source, sink, latency):
    try:
        while data := source.recv(BUFFER):
            if latency:
                gevent.sleep(latency)
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def relay(client, address):
    with client, socket.create_connection(("127.0.0.1", UPSTREAM)) as upstream:
        for end in (client, upstream):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        up = gevent.spawn(pump, client, upstream, 0)
        pump(upstream, client, LATENCY)
        up.join()


StreamServer(("127.0.0.1", PORT), relay, backlog=1024).serve_forever()
