"""A reverse proxy of Tornado's own parts: a request handler that asks with the asynchronous client."""

import asyncio
import sys

from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

PORT, UPSTREAM, LATENCY = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) / 1000
LARGEST = 1 << 30


class Relay(RequestHandler):
    async def relay(self):
        answer = await AsyncHTTPClient().fetch(
            f"http://127.0.0.1:{UPSTREAM}{self.request.uri}",
            method=self.request.method,
            body=self.request.body or None,
            request_timeout=60,
            raise_error=False,
        )
        await asyncio.sleep(LATENCY)
        self.set_status(answer.code)
        self.finish(answer.body)

    get = post = relay

    def compute_etag(self):
        return None


async def main():
    AsyncHTTPClient.configure(None, max_clients=10000, max_body_size=LARGEST, max_buffer_size=LARGEST)
    server = HTTPServer(Application([(".*", Relay)], log_function=lambda handler: None), max_body_size=LARGEST, max_buffer_size=LARGEST)
    server.listen(PORT, "127.0.0.1", backlog=1024)
    await asyncio.Event().wait()


asyncio.run(main())
