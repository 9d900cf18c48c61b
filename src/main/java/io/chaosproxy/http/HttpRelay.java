package io.chaosproxy.http;

import io.chaosproxy.relay.Connection;
import io.chaosproxy.relay.Relay;
import java.io.IOException;

/** HTTP/1.0 and HTTP/1.1, transparent. */
public final class HttpRelay implements Relay {
    @Override
    public void serve(Connection connection) throws IOException {
        throw new IOException("not there yet");
    }
}
